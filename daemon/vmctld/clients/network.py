"""The network service, as the compute parts ask it (steps 22-24)."""

from __future__ import annotations

from collections.abc import Sequence

import grpc

from vmctl.v1 import network_pb2 as pb
from vmctl.v1.network_pb2_grpc import NetworkServiceStub
from vmctld.clients.base import ServiceClient, TokenSource
from vmctld.compute.agent.ports import Served
from vmctld.domain.instance import Nic
from vmctld.domain.network import NicRequest, PortWiring, ResolvedNic
from vmctld.wire.convert.network import (
    nic_request_to_proto,
    nic_to_proto,
    resolved_nic_from_proto,
    wiring_from_proto,
)


class NetworkClient(ServiceClient):
    """Asks which networks a boot means; makes, binds and gives back an instance's ports."""

    def __init__(self, channel: grpc.Channel, token: TokenSource | None = None) -> None:
        super().__init__(token)
        self._stub = NetworkServiceStub(channel)

    def resolve_nics(
        self, requests: Sequence[NicRequest], security_groups: Sequence[str] = ()
    ) -> tuple[ResolvedNic, ...]:
        """Return which networks, ports and groups a boot request means, with the user's token."""
        request = pb.ResolveNicsRequest(
            nics=map(nic_request_to_proto, requests), security_groups=security_groups
        )
        answer = self._call(self._stub.ResolveNics, request)
        return tuple(map(resolved_nic_from_proto, answer.nics))

    def ensure_ports(
        self, instance_id: str, host: str, nics: Sequence[Nic]
    ) -> Served[tuple[PortWiring, ...]]:
        """Make sure of an instance's ports, with the build token, and return how to wire them."""
        request = pb.EnsurePortsRequest(
            instance_id=instance_id, host=host, ports=map(nic_to_proto, nics)
        )
        answer, validated = self._call_timed(self._stub.EnsurePorts, request)
        return Served(tuple(map(wiring_from_proto, answer.wirings)), validated)

    def release_ports(
        self, instance_id: str, port_ids: Sequence[str] = (), *, host: str = ""
    ) -> None:
        """Give an instance's ports back, all or some, wherever or on one host; absent is fine."""
        request = pb.ReleasePortsRequest(instance_id=instance_id, port_ids=port_ids, host=host)
        self._call(self._stub.ReleasePorts, request)
