"""What is only written down about an instance: that it is locked, or that its state is wrong.

No host is asked: it is done when it is accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from vmctld.bus.base import Bus
from vmctld.compute.api.actions import recorded
from vmctld.compute.api.instances import find
from vmctld.compute.messages import INSTANCE_CHANGED, InstanceChanged
from vmctld.compute.outbox import Outbox, OutboxTx
from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.instance import Fault, Instance, Lock, TaskState, VmState
from vmctld.domain.lifecycle import check_may_unlock, saga_of
from vmctld.domain.names import check_text, not_found
from vmctld.domain.ownership import require_admin
from vmctld.errors import WrongState
from vmctld.observe import context
from vmctld.saga.journal import ActionState
from vmctld.storage.database import Tx
from vmctld.storage.repositories import actions, instances, journal, tasks

MAX_REASON_CHARS = 255  # nova's


class Marks:
    """Locks, unlocks, and sets states by hand."""

    def __init__(self, outbox: Outbox, bus: Bus, clock: Clock) -> None:
        self._outbox = outbox
        self._bus = bus
        self._clock = clock

    def lock(self, caller: Caller, reference: str, reason: str) -> Instance:
        """Lock the instance, for its owner or, by an admin, against its owner."""
        why = check_text(reason, "reason", MAX_REASON_CHARS)

        def change(tx: Tx, instance: Instance, now: datetime) -> None:
            by_admin = caller.is_admin and caller.project_id != instance.project_id
            if instance.lock is not None and instance.lock.by_admin:
                check_may_unlock(instance, caller)
                by_admin = True
            tasks.set_lock(tx, instance.id, Lock(by_admin, why or None), now)

        return self._change(caller, reference, "lock", change)

    def unlock(self, caller: Caller, reference: str) -> Instance:
        """Unlock the instance; an admin's lock is an admin's to take off."""

        def change(tx: Tx, instance: Instance, now: datetime) -> None:
            check_may_unlock(instance, caller)
            tasks.set_lock(tx, instance.id, None, now)

        return self._change(caller, reference, "unlock", change)

    def reset_state(
        self, caller: Caller, reference: str, *, active: bool, all_projects: bool = False
    ) -> Instance:
        """Set the state to active or to error, breaking off what is going on.

        Does nothing to the machine.  Raises WrongState for what is being built or deleted.
        """
        require_admin(caller, "reset states")

        def change(tx: Tx, instance: Instance, now: datetime) -> None:
            if instance.task is not None:
                state = ActionState.FAILED.value
                journal.end_saga(tx, instance.id, saga_of(instance.task), state, now)
            state_now = VmState.ACTIVE if active else VmState.ERROR
            fault = None if active else _by_hand(now)
            if _is_built_or_deleted(instance) or not tasks.reset(
                tx, instance.id, state_now, fault, now
            ):
                raise _not_now(instance)

        return self._change(caller, reference, "resetState", change, all_projects=all_projects)

    def _change(
        self,
        caller: Caller,
        reference: str,
        action: str,
        change: Callable[[Tx, Instance, datetime], None],
        *,
        all_projects: bool = False,
    ) -> Instance:
        now = self._clock()

        def accept(posting: OutboxTx) -> Instance:
            tx = posting.tx
            instance = find(tx, caller, reference, all_projects=all_projects)
            if instance.vm_state is VmState.DELETED:
                raise not_found(reference, "server", hint="it was deleted before")
            change(tx, instance, now)
            if not actions.is_recorded(tx, instance.id, context.current().request_id, action):
                actions.add(tx, [recorded(caller, instance, action, now)])
            return instances.get(tx, instance.id) or instance

        changed = self._outbox.run("action:accept", accept)
        self._bus.fanout(INSTANCE_CHANGED, InstanceChanged(changed.id))
        return changed


def _is_built_or_deleted(instance: Instance) -> bool:
    """True while others than a task's agent work on it: they would not notice."""
    is_built = instance.vm_state is VmState.BUILDING
    return is_built or instance.task_state is TaskState.DELETING


def _not_now(instance: Instance) -> WrongState:
    state = instance.task_state or instance.vm_state
    return WrongState(
        f"Cannot 'resetState' instance {instance.id} while it is in task_state {state}",
        code="instance-wrong-state",
        hint="a build ends by its deadline, a deletion always: vmctl doctor tells what is stuck",
        facts={"instance_id": instance.id, "action": "resetState"},
    )


def _by_hand(now: datetime) -> Fault:
    return Fault(
        code="state-reset",
        message="an admin has set the state to error",
        hint="vmctl reset-state --active SERVER takes it back",
        step=0,
        component="compute api",
        created_at=now,
        request_id=context.current().request_id,
    )
