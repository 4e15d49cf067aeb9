"""Key pairs over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import keypair_pb2 as pb
from vmctl.v1.keypair_pb2_grpc import KeypairServiceServicer
from vmctld.compute.keypairs import Keypairs
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.keypair import keypair_to_proto


class KeypairServicer(KeypairServiceServicer):
    """Serves ``vmctl.v1.KeypairService``."""

    def __init__(self, keypairs: Keypairs) -> None:
        self._keypairs = keypairs

    def ImportKeypair(
        self, request: pb.ImportKeypairRequest, context: grpc.ServicerContext
    ) -> pb.Keypair:
        keypair = self._keypairs.import_keypair(
            caller_of(context), request.name, request.public_key, user=request.user
        )
        return keypair_to_proto(keypair)

    def GetKeypair(
        self, request: pb.GetKeypairRequest, context: grpc.ServicerContext
    ) -> pb.Keypair:
        found = self._keypairs.get_keypair(caller_of(context), request.name, user=request.user)
        return keypair_to_proto(found)

    def ListKeypairs(
        self, request: pb.ListKeypairsRequest, context: grpc.ServicerContext
    ) -> pb.ListKeypairsResponse:
        page = page_from_proto(request.page)
        keypairs = self._keypairs.list_keypairs(caller_of(context), page, user=request.user)
        return pb.ListKeypairsResponse(keypairs=map(keypair_to_proto, keypairs))

    def DeleteKeypair(
        self, request: pb.DeleteKeypairRequest, context: grpc.ServicerContext
    ) -> pb.DeleteKeypairResponse:
        self._keypairs.delete_keypair(caller_of(context), request.name, user=request.user)
        return pb.DeleteKeypairResponse()
