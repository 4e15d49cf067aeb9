"""A server and its parts, as ``-f json`` prints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vmctl.v1 import compute_pb2 as pb
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class Flavor:
    """A size."""

    id: str
    name: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    ephemeral_gib: int
    swap_mib: int
    is_public: bool
    description: str | None
    extra_specs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server can be reached."""

    network: str
    address: str
    port_id: str
    mac: str


@dataclass(frozen=True, slots=True)
class AttachedVolume:
    """A volume that a server has."""

    volume_id: str
    attachment_id: str
    boot_index: int | None
    delete_on_termination: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a server is in ERROR."""

    code: str
    message: str
    hint: str | None
    step: int | None
    component: str | None
    created_at: str | None
    request_id: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """One server, every field of it."""

    id: str
    name: str
    project_id: str
    user_id: str
    status: str
    vm_state: str
    task_state: str | None
    power_state: int
    host: str | None
    flavor: Flavor
    image_id: str | None
    image_name: str | None
    key_name: str | None
    metadata: Mapping[str, str]
    availability_zone: str | None
    description: str | None
    addresses: tuple[Address, ...]
    volumes: tuple[AttachedVolume, ...]
    fault: Fault | None
    created_at: str | None
    updated_at: str | None
    launched_at: str | None
    terminated_at: str | None
    attempt: int
    request_id: str | None
    reservation_id: str | None
    launch_index: int
    hostname: str | None
    ssh_port: int | None
    accelerator: str | None
    config_drive: bool
    tags: tuple[str, ...]
    locked: bool
    locked_reason: str | None


@dataclass(frozen=True, slots=True)
class ListedServer:
    """What a table shows of a server."""

    id: str
    name: str
    project_id: str
    status: str
    task_state: str | None
    power_state: int
    addresses: tuple[Address, ...]
    updated_at: str | None


def listed_server_from(message: pb.Instance) -> ListedServer:
    """Return what a table shows of the server that ``message`` describes."""
    return ListedServer(
        id=message.id,
        name=message.name,
        project_id=message.project_id,
        status=message.status,
        task_state=or_none(message.task_state),
        power_state=message.power_state,
        addresses=_addresses(message),
        updated_at=time_of(message, "updated_at"),
    )


def server_from(message: pb.Instance) -> Server:
    """Return the server that ``message`` describes."""
    return Server(
        id=message.id,
        name=message.name,
        project_id=message.project_id,
        user_id=message.user_id,
        status=message.status,
        vm_state=message.vm_state,
        task_state=or_none(message.task_state),
        power_state=message.power_state,
        host=or_none(message.host),
        flavor=flavor_from(message.flavor),
        image_id=or_none(message.image_id),
        image_name=or_none(message.image_name),
        key_name=or_none(message.key_name),
        metadata=dict(message.metadata),
        availability_zone=or_none(message.availability_zone),
        description=or_none(message.description),
        addresses=_addresses(message),
        volumes=tuple(volume_from(volume) for volume in message.volumes),
        fault=fault_from(message.fault) if message.HasField("fault") else None,
        created_at=time_of(message, "created_at"),
        updated_at=time_of(message, "updated_at"),
        launched_at=time_of(message, "launched_at"),
        terminated_at=time_of(message, "terminated_at"),
        attempt=message.attempt,
        request_id=or_none(message.request_id),
        reservation_id=or_none(message.reservation_id),
        launch_index=message.launch_index,
        hostname=or_none(message.hostname),
        ssh_port=message.ssh_port or None,
        accelerator=or_none(message.accelerator),
        config_drive=message.config_drive,
        tags=tuple(message.tags),
        locked=message.locked,
        locked_reason=or_none(message.locked_reason),
    )


def flavor_from(message: pb.Flavor) -> Flavor:
    """Return the flavor that ``message`` describes."""
    return Flavor(
        id=message.id,
        name=message.name,
        vcpus=message.vcpus,
        ram_mib=message.ram_mib,
        disk_gib=message.disk_gib,
        ephemeral_gib=message.ephemeral_gib,
        swap_mib=message.swap_mib,
        is_public=message.is_public,
        description=or_none(message.description),
        extra_specs=dict(message.extra_specs),
    )


def fault_from(message: pb.Fault) -> Fault:
    """Return the fault that ``message`` describes."""
    import json

    facts = json.loads(message.facts_json) if message.facts_json else {}
    return Fault(
        code=message.code,
        message=message.message,
        hint=or_none(message.hint),
        step=message.step or None,
        component=or_none(message.component),
        created_at=time_of(message, "created_at"),
        request_id=or_none(message.request_id),
        facts=facts if isinstance(facts, dict) else {},
    )


def volume_from(message: pb.InstanceVolume) -> AttachedVolume:
    """Return how a server has a volume."""
    return AttachedVolume(
        volume_id=message.volume_id,
        attachment_id=message.attachment_id,
        boot_index=message.boot_index if message.HasField("boot_index") else None,
        delete_on_termination=message.delete_on_termination,
    )


def _addresses(message: pb.Instance) -> tuple[Address, ...]:
    return tuple(Address(a.network, a.address, a.port_id, a.mac) for a in message.addresses)
