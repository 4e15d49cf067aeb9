"""What a boot asks for, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vmctl.v1 import compute_pb2 as pb
from vmctl_cli.client.server_records import Server


@dataclass(frozen=True, slots=True)
class NicWish:
    """One network card: on a network, or a port that is there already."""

    network: str = ""
    port_id: str = ""
    fixed_ip: str = ""


@dataclass(frozen=True, slots=True)
class VolumeWish:
    """One volume to attach; boot index 0 is booted from."""

    volume: str
    boot_index: int | None = None
    delete_on_termination: bool = False


@dataclass(frozen=True, slots=True)
class BootWish:
    """One boot request."""

    name: str
    flavor: str
    idempotency_key: str  # the same key again makes nothing twice
    image: str = ""
    volumes: tuple[VolumeWish, ...] = ()
    nics: tuple[NicWish, ...] = ()
    no_nics: bool = False
    key_name: str = ""
    user_data: bytes = b""
    metadata: Mapping[str, str] = field(default_factory=dict)
    availability_zone: str = ""
    description: str = ""
    min_count: int = 1
    max_count: int = 1
    hostname: str = ""
    hints: tuple[tuple[str, str], ...] = ()
    host: str = ""
    tags: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()  # none: the project's default group


@dataclass(frozen=True, slots=True)
class Accepted:
    """A boot that the daemon took on."""

    servers: tuple[Server, ...]
    reservation_id: str


def boot_message(wish: BootWish) -> pb.BootInstanceRequest:
    """Return ``wish`` as the wire has it."""
    return pb.BootInstanceRequest(
        name=wish.name,
        flavor=wish.flavor,
        image=wish.image,
        volumes=[
            pb.VolumeRequest(
                volume=volume.volume,
                boot_index=volume.boot_index,
                delete_on_termination=volume.delete_on_termination,
            )
            for volume in wish.volumes
        ],
        nics=[
            pb.NicRequest(network=nic.network, port_id=nic.port_id, fixed_ip=nic.fixed_ip)
            for nic in wish.nics
        ],
        no_nics=wish.no_nics,
        key_name=wish.key_name,
        user_data=wish.user_data,
        metadata=wish.metadata,
        availability_zone=wish.availability_zone,
        description=wish.description,
        min_count=wish.min_count,
        max_count=wish.max_count,
        idempotency_key=wish.idempotency_key,
        hostname=wish.hostname,
        hints=[pb.SchedulerHint(key=key, value=value) for key, value in wish.hints],
        host=wish.host,
        tags=wish.tags,
        security_groups=wish.security_groups,
    )
