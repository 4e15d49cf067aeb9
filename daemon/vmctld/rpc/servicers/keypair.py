"""Key pairs over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import grpc
from vmctl.v1 import keypair_pb2 as pb
from vmctl.v1.keypair_pb2_grpc import KeypairServiceServicer

from vmctld.domain.identity import Caller
from vmctld.domain.keypair import Keypair
from vmctld.domain.paging import Page
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.keypair import keypair_to_proto


class Keypairs(Protocol):
    """The rules for key pairs: each caller sees their own."""

    def import_keypair(self, caller: Caller, name: str, public_key: str) -> Keypair:
        """Keep a public key; raises InvalidRequest or AlreadyExists."""
        ...

    def get_keypair(self, caller: Caller, name: str) -> Keypair:
        """Return one; raises NotFound."""
        ...

    def list_keypairs(self, caller: Caller, page: Page) -> Sequence[Keypair]:
        """Return a page, sorted by name."""
        ...

    def delete_keypair(self, caller: Caller, name: str) -> None:
        """Forget one; raises NotFound."""
        ...


class KeypairServicer(KeypairServiceServicer):
    """Serves ``vmctl.v1.KeypairService``."""

    def __init__(self, keypairs: Keypairs) -> None:
        self._keypairs = keypairs

    def ImportKeypair(
        self, request: pb.ImportKeypairRequest, context: grpc.ServicerContext
    ) -> pb.Keypair:
        keypair = self._keypairs.import_keypair(
            caller_of(context), request.name, request.public_key
        )
        return keypair_to_proto(keypair)

    def GetKeypair(
        self, request: pb.GetKeypairRequest, context: grpc.ServicerContext
    ) -> pb.Keypair:
        return keypair_to_proto(self._keypairs.get_keypair(caller_of(context), request.name))

    def ListKeypairs(
        self, request: pb.ListKeypairsRequest, context: grpc.ServicerContext
    ) -> pb.ListKeypairsResponse:
        page = page_from_proto(request.page)
        keypairs = self._keypairs.list_keypairs(caller_of(context), page)
        return pb.ListKeypairsResponse(keypairs=[keypair_to_proto(k) for k in keypairs])

    def DeleteKeypair(
        self, request: pb.DeleteKeypairRequest, context: grpc.ServicerContext
    ) -> pb.DeleteKeypairResponse:
        self._keypairs.delete_keypair(caller_of(context), request.name)
        return pb.DeleteKeypairResponse()
