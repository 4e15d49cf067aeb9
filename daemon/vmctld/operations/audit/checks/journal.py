"""I12: what began has an end, as soon as its instance has settled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, update

from vmctld.domain.instance import VmState
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import Living, World
from vmctld.saga.journal import ActionState
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.pipeline import JournalRow

_JOURNAL = core(JournalRow)
_J = _JOURNAL.c
_SETTLED_STATES = (ActionState.DONE.value, ActionState.FAILED.value, ActionState.UNDONE.value)
_OPEN = select(_J.instance_id, _J.saga, _J.attempt, _J.action, _J.state, _J.started_at).where(
    _J.state.not_in(_SETTLED_STATES)
)


def open_actions(world: World) -> Iterator[Suspect]:
    """An action that still runs, or whose undo is stuck, on a settled instance: closed.

    What a stuck undo may have left is for the other checks to find; of an instance that is
    still there it stays on record until a person has looked.
    """
    for row in world.tx.execute(_OPEN):
        instance = world.living.get(row.instance_id)
        if instance is not None and not _is_over(world, instance):
            continue
        end = _end_of(row, instance)
        where = "a deleted instance" if instance is None else f"an {instance.vm_state} instance"
        yield Suspect(
            "action",
            f"{row.instance_id} {row.saga} {row.attempt} {row.action}",
            f"{row.state} since {row.started_at:%Y-%m-%d %H:%M:%S}, of {where}",
            mend=_close(world, row, end) if end else None,
        )


def _is_over(world: World, instance: Living) -> bool:
    """True when nobody writes its journal any more; an agent may be undoing a failed build."""
    is_failed = instance.vm_state is VmState.ERROR
    return instance.has_settled and (not is_failed or world.is_old(instance.updated_at))


def _end_of(row: Any, instance: Living | None) -> ActionState | None:
    """Return how the action ended, as far as its instance tells; None: nobody can tell."""
    if instance is None:
        return ActionState.UNDONE
    if row.state == ActionState.STUCK or instance.vm_state is VmState.ERROR:
        return None
    return ActionState.DONE if row.attempt == instance.attempt else ActionState.UNDONE


def _close(world: World, row: Any, end: ActionState) -> Any:
    def mend(tx: Tx) -> None:
        tx.execute(
            update(_JOURNAL)
            .where(
                _J.instance_id == row.instance_id,
                _J.saga == row.saga,
                _J.attempt == row.attempt,
                _J.action == row.action,
            )
            .values(state=end.value, ended_at=world.now)
        )

    return mend
