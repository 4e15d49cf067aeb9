"""The network service, as an agent asks it what to enforce on its host."""

from __future__ import annotations

import grpc

from vmctl.v1 import security_group_pb2 as pb
from vmctl.v1.security_group_pb2_grpc import SecurityGroupServiceStub
from vmctld.clients.base import ServiceClient, TokenSource
from vmctld.domain.firewall import GuardBook
from vmctld.wire.convert.security_group import book_from_proto


class GuardsClient(ServiceClient):
    """Asks what one host is to enforce."""

    def __init__(self, channel: grpc.Channel, host: str, token: TokenSource) -> None:
        super().__init__(token)
        self._stub = SecurityGroupServiceStub(channel)
        self._host = host

    def book(self, digest: str) -> GuardBook | None:
        """Return what is to be enforced; None when ``digest`` is of just that."""
        request = pb.ListHostGuardsRequest(host=self._host, digest=digest)
        return book_from_proto(self._call(self._stub.ListHostGuards, request))
