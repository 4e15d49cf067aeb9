"""Dry runs: where a boot would go and what would be made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import placement_pb2 as pb
from vmctl.v1.placement_pb2_grpc import PlacementServiceStub
from vmctl_cli.client.boots import BootWish, boot_message
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.decisions import Verdict, verdict_from
from vmctl_cli.client.server_records import Flavor, flavor_from
from vmctl_cli.client.values import or_none


@dataclass(frozen=True, slots=True)
class PreviewedServer:
    """One server that would be made."""

    name: str
    hostname: str
    host: str | None
    hosts_considered: int
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class QuotaAfter:
    """What the project would use afterwards; -1: unlimited."""

    resource: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Preview:
    """All that a boot would make."""

    servers: tuple[PreviewedServer, ...]
    flavor: Flavor
    image_id: str | None
    network_ids: tuple[str, ...]
    volume_ids: tuple[str, ...]
    availability_zone: str | None
    quotas: tuple[QuotaAfter, ...]


class Previews:
    """The placement service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> PlacementServiceStub:
        return PlacementServiceStub(self._calls.channel)

    def preview(self, wish: BootWish) -> Preview:
        """Return what the boot would come to; nothing is made."""
        request = pb.PreviewBootRequest(boot=boot_message(wish))
        message = self._calls.unary(self._stub.PreviewBoot, request, repeatable=True)
        return Preview(
            servers=tuple(_server(one) for one in message.servers),
            flavor=flavor_from(message.flavor),
            image_id=or_none(message.image_id),
            network_ids=tuple(message.network_ids),
            volume_ids=tuple(message.volume_ids),
            availability_zone=or_none(message.availability_zone),
            quotas=(
                QuotaAfter("cores", message.cores_used, message.cores_limit),
                QuotaAfter("instances", message.instances_used, message.instances_limit),
                QuotaAfter("ram_mib", message.ram_used_mib, message.ram_limit_mib),
            ),
        )


def _server(message: pb.PreviewedServer) -> PreviewedServer:
    decision = message.decision
    return PreviewedServer(
        name=message.name,
        hostname=message.hostname,
        host=or_none(decision.host),
        hosts_considered=decision.hosts_considered,
        verdicts=tuple(verdict_from(one) for one in decision.verdicts),
    )
