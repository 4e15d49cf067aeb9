"""Accepts what users want done to an instance: stop, reboot, suspend and the like.

State, task, recorded action and the message that has it done are one transaction: an action
that was accepted is never lost, and one that was sent twice is accepted once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from vmctld.bus.base import Bus
from vmctld.compute.api.instances import find
from vmctld.compute.messages import (
    CONDUCTOR_ADDRESS,
    INSTANCE_CHANGED,
    InstanceChanged,
    RunTask,
)
from vmctld.compute.outbox import Outbox, OutboxTx
from vmctld.domain.clock import Clock
from vmctld.domain.flavor import Flavor
from vmctld.domain.identity import Caller
from vmctld.domain.instance import Instance, Nic, Task, VolumePlan
from vmctld.domain.lifecycle import Transition, check_allowed, saga_of, transition_of
from vmctld.domain.recorded import InstanceAction
from vmctld.errors import Conflict
from vmctld.observe import context
from vmctld.saga.journal import ActionState
from vmctld.storage.database import Tx
from vmctld.storage.repositories import actions, instances, journal, tasks


@dataclass(frozen=True, slots=True)
class Ask:
    """One action that is asked for, and what it is asked with."""

    action: str
    hard: bool = False
    image_id: str | None = None
    image_name: str | None = None
    flavor: Flavor | None = None
    kept_s: int = 0
    backup_type: str = ""
    rotation: int = 0
    task_id: str = ""  # drawn by whoever asks; empty: drawn here
    nic: Nic | None = None
    volume: VolumePlan | None = None
    force: bool = False
    size_gib: int = 0


class Actions:
    """Accepts actions; the conductor and the host do the rest, across restarts."""

    def __init__(self, outbox: Outbox, bus: Bus, clock: Clock) -> None:
        self._outbox = outbox
        self._bus = bus
        self._clock = clock

    def begin(
        self,
        caller: Caller,
        reference: str,
        ask: Ask,
        *,
        all_projects: bool = False,
        also: Callable[[Tx, Instance], None] | None = None,
        before_sending: Callable[[], None] | None = None,
    ) -> Instance:
        """Return the instance with the action on its way.

        ``also`` is done in the same transaction, and refuses the action by raising;
        ``before_sending`` after it, unless there is a crash, and before the host hears of it.
        Raises NotFound, WrongState (its state or a lock is in the way), Conflict (ambiguous).
        """
        transition = transition_of(ask.action, hard=ask.hard)

        def accept(posting: OutboxTx) -> tuple[Instance, bool]:
            tx = posting.tx
            instance = find(tx, caller, reference, all_projects=all_projects)
            request_id = context.current().request_id
            if actions.is_recorded(tx, instance.id, request_id, ask.action):
                return instance, False  # its client did not hear the answer, and asks again
            check_allowed(transition, instance, caller)
            if also is not None:
                also(tx, instance)
            task = self._begin(tx, caller, instance, transition, ask)
            posting.post(CONDUCTOR_ADDRESS, RunTask(instance.id, task.id))
            if before_sending is not None:
                posting.before_sending(before_sending)
            return instances.get(tx, instance.id) or instance, True

        instance, is_new = self._outbox.run("action:accept", accept)
        if is_new:
            self._bus.fanout(INSTANCE_CHANGED, InstanceChanged(instance.id))
        return instance

    def was_accepted(self, instance_id: str, action: str) -> bool:
        """True when the current request has brought that action before."""
        with self._outbox.transaction("action:accept") as posting:
            request_id = context.current().request_id
            return actions.is_recorded(posting.tx, instance_id, request_id, action)

    def _begin(
        self, tx: Tx, caller: Caller, instance: Instance, transition: Transition, ask: Ask
    ) -> Task:
        now = self._clock()
        task = Task(
            id=ask.task_id or str(uuid.uuid4()),
            action=ask.action,
            request_id=context.current().request_id,
            vm_state=instance.vm_state,
            hard=ask.hard,
            image_id=ask.image_id,
            image_name=ask.image_name,
            flavor=ask.flavor,
            kept_s=ask.kept_s,
            backup_type=ask.backup_type,
            rotation=ask.rotation,
            nic=ask.nic,
            volume=ask.volume,
            force=ask.force,
            size_gib=ask.size_gib,
        )
        if not tasks.begin(tx, instance.id, transition, task, now):
            raise Conflict(
                f"the state of instance {instance.id} has just changed",
                hint="look with vmctl show, and ask again",
            )
        if instance.task is not None:  # broken off: a hard reboot ends what hangs
            state = ActionState.FAILED.value
            journal.end_saga(tx, instance.id, saga_of(instance.task), state, now)
        actions.add(tx, [recorded(caller, instance, ask.action, now)])
        return task


def recorded(caller: Caller, instance: Instance, action: str, now: datetime) -> InstanceAction:
    """Return what the record keeps of a request: who wanted what, and when."""
    return InstanceAction(
        instance_id=instance.id,
        request_id=context.current().request_id,
        action=action,
        user_id=caller.user_id,
        project_id=caller.project_id,
        started_at=now,
        updated_at=now,
    )
