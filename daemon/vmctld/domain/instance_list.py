"""Which instances somebody wants to see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from vmctld.domain.instance import Address, TaskState
from vmctld.domain.machine import PowerState
from vmctld.domain.paging import Page


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field that a list is sorted by; the largest first is nova's direction."""

    field: str
    descending: bool = True


@dataclass(frozen=True, slots=True)
class BriefInstance:
    """What a table of instances shows: a tenth of what there is to know of one."""

    id: str
    name: str
    project_id: str
    status: str
    task_state: TaskState | None
    power_state: PowerState
    addresses: tuple[Address, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class InstanceWish:
    """What the instances of a list shall be like, as it was typed.  None: do not ask for it."""

    name_pattern: str | None = None
    vm_state: str | None = None
    task_state: str | None = None
    power_state: int | None = None
    flavor: str | None = None
    image: str | None = None
    ip_pattern: str | None = None
    ip6_pattern: str | None = None
    project: str | None = None
    user: str | None = None
    availability_zone: str | None = None
    key_name: str | None = None
    config_drive: bool | None = None
    changed_since: datetime | None = None
    changed_before: datetime | None = None
    tags: tuple[str, ...] = ()
    tags_any: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    not_tags_any: tuple[str, ...] = ()
    locked: bool | None = None


@dataclass(frozen=True, slots=True)
class InstanceListRequest:
    """One ``list``.  None and False: do not ask for it."""

    page: Page
    all_projects: bool = False
    status: str | None = None
    name: str | None = None
    host: str | None = None
    deleted: bool = False
    reservation_id: str | None = None
    wish: InstanceWish = field(default_factory=InstanceWish)
    sort: tuple[SortKey, ...] = ()  # the first counts most; none: newest first
