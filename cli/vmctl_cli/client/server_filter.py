"""Which servers a list is to hold, as the wire says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vmctl.v1 import compute_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.instance_filter_pb2 import InstanceFilter


@dataclass(frozen=True, slots=True)
class ServerFilter:
    """Which servers are wanted.  None and nothing: not asked for."""

    all_projects: bool = False
    status: str = ""
    name: str = ""
    name_pattern: str = ""
    host: str = ""
    deleted: bool = False
    reservation_id: str = ""
    vm_state: str = ""
    task_state: str = ""
    power_state: int | None = None
    flavor: str = ""
    image: str = ""
    ip_pattern: str = ""
    ip6_pattern: str = ""
    project: str = ""
    user: str = ""
    availability_zone: str = ""
    key_name: str = ""
    config_drive: bool | None = None
    locked: bool | None = None
    changed_since: datetime | None = None
    changed_before: datetime | None = None
    tags: tuple[str, ...] = ()
    tags_any: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    not_tags_any: tuple[str, ...] = ()


_FIRST = ("all_projects", "status", "name", "host", "deleted", "reservation_id")
_REST = tuple(name for name in ServerFilter.__dataclass_fields__ if name not in _FIRST)


SORTED_BY_THE_DAEMON = frozenset(
    (
        *("id", "name", "project_id", "user_id", "vm_state", "task_state", "power_state", "host"),
        *("image_id", "image_name", "key_name", "availability_zone", "description", "hostname"),
        *("created_at", "updated_at", "launched_at", "terminated_at", "attempt", "request_id"),
        *("reservation_id", "launch_index", "ssh_port", "accelerator", "status"),
    )
)
"""Fields that it sorts by; a list that is sorted by others has to be fetched whole."""


@dataclass(frozen=True, slots=True)
class ServerOrder:
    """How a list is to come: field and whether it descends; none: newest first."""

    keys: Sequence[tuple[str, bool]] = ()
    brief: bool = False  # only what a table shows


def list_message(wanted: ServerFilter, page: Page, order: ServerOrder) -> pb.ListInstancesRequest:
    """Return the request for one page of the servers that are ``wanted``."""
    asked = {name: getattr(wanted, name) for name in _REST}
    said = {name: value for name, value in asked.items() if value not in ("", (), None)}
    return pb.ListInstancesRequest(
        page=page,
        all_projects=wanted.all_projects,
        status=wanted.status,
        name=wanted.name,
        host=wanted.host,
        deleted=wanted.deleted,
        reservation_id=wanted.reservation_id,
        filter=InstanceFilter(**said) if said else None,
        sort=[pb.SortKey(field=field, descending=down) for field, down in order.keys],
        brief=order.brief,
    )
