"""What was asked of a server and how it went; and the hosts that servers run on."""

from __future__ import annotations

from dataclasses import dataclass

from vmctl.v1 import compute_pb2 as pb
from vmctl_cli.client.values import or_none, time_of


@dataclass(frozen=True, slots=True)
class Event:
    """One part of an action."""

    event: str
    started_at: str | None
    finished_at: str | None
    result: str | None  # Success or Error; None while it runs
    host: str | None
    details: str | None


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was asked of a server."""

    action: str
    instance_id: str
    request_id: str
    user_id: str
    project_id: str
    started_at: str | None
    updated_at: str | None
    message: str | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Host:
    """Where servers run."""

    name: str
    availability_zone: str | None
    state: str
    status: str
    driver: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    vcpus_claimed: int
    ram_claimed_mib: int
    disk_claimed_gib: int
    instances: int
    seen_at: str | None


def action_from(message: pb.InstanceAction) -> Action:
    """Return the action that ``message`` describes."""
    return Action(
        action=message.action,
        instance_id=message.instance_id,
        request_id=message.request_id,
        user_id=message.user_id,
        project_id=message.project_id,
        started_at=time_of(message, "started_at"),
        updated_at=time_of(message, "updated_at"),
        message=or_none(message.message),
        events=tuple(_event(event) for event in message.events),
    )


def host_from(message: pb.Host) -> Host:
    """Return the host that ``message`` describes."""
    return Host(
        name=message.name,
        availability_zone=or_none(message.availability_zone),
        state=message.state,
        status=message.status,
        driver=message.driver,
        vcpus=message.vcpus,
        ram_mib=message.ram_mib,
        disk_gib=message.disk_gib,
        vcpus_claimed=message.vcpus_claimed,
        ram_claimed_mib=message.ram_claimed_mib,
        disk_claimed_gib=message.disk_claimed_gib,
        instances=message.instances,
        seen_at=time_of(message, "seen_at"),
    )


def _event(message: pb.ActionEvent) -> Event:
    return Event(
        event=message.event,
        started_at=time_of(message, "started_at"),
        finished_at=time_of(message, "finished_at"),
        result=or_none(message.result),
        host=or_none(message.host),
        details=or_none(message.details),
    )
