"""Nova's actions and events, read from the journal: where nova has one event, a boot has ten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vmctld.compute import boot
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.recorded import ActionEvent, InstanceAction, RecordedAction
from vmctld.storage.repositories.journal import JournalEntry

_RESULTS = {"done": "Success", "failed": "Error", "undone": "Error", "stuck": "Error"}


def recorded_actions(
    instance: Instance,
    asked: Sequence[InstanceAction],
    entries: Sequence[JournalEntry],
    *,
    show_hosts: bool,
) -> list[RecordedAction]:
    """Return each request with its events, in the order they happened."""
    return [
        RecordedAction(
            _with_message(instance, action), _events(instance, action, entries, show_hosts)
        )
        for action in asked
    ]


def _with_message(instance: Instance, action: InstanceAction) -> InstanceAction:
    """Return the action with why it failed, for one that is recorded as a build: unshelving."""
    fault = instance.fault
    if action.action != "unshelve" or action.message or fault is None:
        return action
    if fault.created_at < action.started_at or instance.vm_state is VmState.BUILDING:
        return action
    return replace(action, message=f"{fault.code}: {fault.message}")


def _events(
    instance: Instance,
    action: InstanceAction,
    entries: Sequence[JournalEntry],
    show_hosts: bool,
) -> tuple[ActionEvent, ...]:
    if action.action == "create":
        boots = [entry for entry in entries if entry.saga == "boot"]
        return tuple(_event(entry, _owner(entry), show_hosts) for entry in boots)
    if action.action == "delete":
        return (_delete_event(instance, action, show_hosts),)
    saga = f"{action.action} {action.request_id}"
    done = [entry for entry in entries if entry.saga == saga]
    if action.action == "unshelve" and not done:  # placed and built, as at its boot
        since = action.started_at
        boots = [one for one in entries if one.saga == "boot" and one.started_at >= since]
        return tuple(_event(entry, _owner(entry), show_hosts) for entry in boots)
    return tuple(_event(entry, "compute_agent", show_hosts) for entry in done)


def _owner(entry: JournalEntry) -> str:
    return boot.ACTIONS[entry.action].owner.replace(" ", "_")


def _event(entry: JournalEntry, owner: str, show_hosts: bool) -> ActionEvent:
    """Return an entry as an event; an action as a whole has nova's name of it already."""
    is_novas = entry.action.startswith("compute_")
    details = entry.fault.message if entry.fault else entry.steps[-1].detail if entry.steps else ""
    return ActionEvent(
        event=entry.action if is_novas else f"{owner}__{entry.action.replace('-', '_')}",
        started_at=entry.started_at,
        finished_at=entry.ended_at,
        result=_RESULTS.get(entry.state),
        host=entry.host if show_hosts else None,
        details=details,
    )


def _delete_event(instance: Instance, action: InstanceAction, show_hosts: bool) -> ActionEvent:
    is_over = instance.vm_state is VmState.DELETED
    return ActionEvent(
        event="compute_terminate_instance",  # nova's name
        started_at=action.started_at,
        finished_at=instance.terminated_at if is_over else None,
        result="Success" if is_over else None,
        host=instance.host if show_hosts else None,
        details="",
    )
