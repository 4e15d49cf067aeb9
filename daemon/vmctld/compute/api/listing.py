"""From what somebody wants to see to what the database is asked: nova's filters of ``list``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TypeVar

from vmctld.domain.identity import Caller
from vmctld.domain.instance import STATUS_OF, TaskState, VmState
from vmctld.domain.instance_list import InstanceListRequest, SortKey
from vmctld.domain.machine import PowerState
from vmctld.domain.names import MAX_NAME_CHARS, check_text, looks_like_id, shown
from vmctld.domain.patterns import pattern
from vmctld.errors import Forbidden, InvalidRequest
from vmctld.storage.database import Tx
from vmctld.storage.repositories import projects, users
from vmctld.storage.repositories.instance_order import SORTED_BY
from vmctld.storage.repositories.instance_pages import InstanceFilter

E = TypeVar("E", bound=Enum)


def filter_of(tx: Tx, caller: Caller, request: InstanceListRequest) -> InstanceFilter:
    """Return what ``request`` asks of the database.

    Raises Forbidden for what only admins may ask, NotFound for an unknown project or user,
    InvalidRequest for states and patterns that cannot be.
    """
    wish = request.wish
    _check_admins_words(caller, request)
    check_text(request.name or "", "part of a name", MAX_NAME_CHARS)
    for text in (wish.name_pattern, wish.ip_pattern, wish.ip6_pattern):
        if text is not None:
            pattern(text)
    return InstanceFilter(
        project_id=_project_id(tx, caller, request),
        user_id=users.find(tx, wish.user).id if wish.user else None,
        statuses=_states(request.status, wish.vm_state),
        task_state=_one_of(TaskState, wish.task_state, "task state"),
        power_state=_one_of(PowerState, wish.power_state, "power state"),
        name=request.name,
        name_pattern=wish.name_pattern,
        host=request.host,
        reservation_id=request.reservation_id,
        deleted=request.deleted,
        flavor=wish.flavor,
        image=None if wish.image is None else looks_like_id(wish.image) or wish.image,
        ip_pattern=wish.ip_pattern,
        ip6_pattern=wish.ip6_pattern,
        availability_zone=wish.availability_zone,
        key_name=wish.key_name,
        config_drive=wish.config_drive,
        changed_since=wish.changed_since,
        changed_before=wish.changed_before,
        tags=wish.tags,
        tags_any=wish.tags_any,
        not_tags=wish.not_tags,
        not_tags_any=wish.not_tags_any,
        locked=wish.locked,
    )


def order_of(request: InstanceListRequest) -> tuple[SortKey, ...]:
    """Return what to sort by; raises InvalidRequest for what nothing can be sorted by."""
    for key in request.sort:
        if key.field not in SORTED_BY:
            raise InvalidRequest(
                f"servers cannot be sorted by {shown(key.field)}",
                code="invalid-sort-key",
                hint="one of " + ", ".join(sorted(SORTED_BY)),
            )
    return request.sort


def _check_admins_words(caller: Caller, request: InstanceListRequest) -> None:
    for word, asked in (
        ("all projects", request.all_projects),
        ("a host", request.host),
        ("deleted servers", request.deleted),
        ("another project", request.wish.project),
        ("a user", request.wish.user),
    ):
        if asked and not caller.is_admin:
            raise Forbidden(f"only an admin may list by {word}", code="admin-only-filter")


def _project_id(tx: Tx, caller: Caller, request: InstanceListRequest) -> str | None:
    """Return whose instances are wanted; None for everybody's, as for a user's of any project."""
    if request.wish.project:
        return projects.find(tx, request.wish.project).id
    everybody = request.all_projects or request.wish.user
    return None if everybody else caller.project_id


def _states(status: str | None, vm_state: str | None) -> tuple[VmState, ...] | None:
    """Return the states that fit both words; None when neither was said."""
    found: set[VmState] | None = None
    if status:
        found = {state for state, word in STATUS_OF.items() if word == status.upper()}
        if not found:
            raise _no_such("status", status, STATUS_OF.values())
    if vm_state:
        wanted = _one_of(VmState, vm_state, "VM state")
        found = {state for state in (wanted,) if state and (found is None or state in found)}
    return None if found is None else tuple(sorted(found))


def _one_of(kind: type[E], value: str | int | None, what: str) -> E | None:
    if value is None:
        return None
    try:
        return kind(value)
    except ValueError:
        raise _no_such(what, str(value), (str(one.value) for one in kind)) from None


def _no_such(what: str, value: str, known: Iterable[str]) -> InvalidRequest:
    return InvalidRequest(
        f"no server can be in {what} {shown(value)}",
        code="invalid-status",
        hint="one of " + ", ".join(known),
    )
