"""The router service, as a host's agent asks it."""

from __future__ import annotations

import grpc

from vmctl.v1 import router_pb2 as pb
from vmctl.v1.router_pb2_grpc import RouterServiceStub
from vmctld.clients.base import ServiceClient, TokenSource
from vmctld.domain.router import RouterPlan
from vmctld.wire.convert.router import plan_from_proto


class RouterClient(ServiceClient):
    """Asks what a host has to make of routers."""

    def __init__(self, channel: grpc.Channel, token: TokenSource | None = None) -> None:
        super().__init__(token)
        self._stub = RouterServiceStub(channel)

    def plans_for(self, host: str, known: str) -> tuple[str, tuple[RouterPlan, ...] | None]:
        """Return what the answer is known by, and the plans; None: they are as ``known``."""
        request = pb.GetHostRoutersRequest(host=host, known_digest=known)
        answer = self._call(self._stub.GetHostRouters, request)
        if answer.unchanged:
            return answer.digest, None
        return answer.digest, tuple(map(plan_from_proto, answer.routers))
