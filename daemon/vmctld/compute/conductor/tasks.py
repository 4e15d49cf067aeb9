"""Actions on instances, between the api that accepted them and the host that does them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from vmctld.bus.base import Bus, Delivery
from vmctld.compute import messages as m
from vmctld.compute.conductor.snapshots import follow, shown_during
from vmctld.compute.conductor.task_effects import SIZING, changes_of, settle_claims
from vmctld.compute.outbox import Outbox
from vmctld.domain.clock import Clock
from vmctld.domain.instance import Fault, Instance, Task
from vmctld.domain.lifecycle import saga_of, target_of, transition_of
from vmctld.saga.journal import ActionState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import actions, instances, journal, tasks

log = structlog.get_logger(__name__)

_UNDONE = {ActionState.UNDONE.value, ActionState.STUCK.value}


class Tasks:
    """What the conductor does for actions.  Every part may run again, or late."""

    def __init__(self, database: Database, outbox: Outbox, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._bus = bus
        self._clock = clock

    def run(self, message: m.RunTask) -> None:
        """Have the instance's host do its task."""
        with self._outbox.transaction("action:dispatch") as posting:
            instance = _current(posting.tx, message.instance_id, message.task_id)
            if instance is None or instance.task is None:
                return
            if instance.host is None:
                fault = self._homeless(instance, instance.task)
                self._end_failed(posting.tx, instance, instance.task, fault, undone=True)
            else:
                journal.write(posting.tx, [_whole(instance, ActionState.RUNNING, self._clock())])
                posting.post(m.agent_address(instance.host), m.DoTask(instance))
        self._tell(message.instance_id)

    def record(self, message: m.RecordTask, host: str, _delivery: Delivery) -> m.ProgressAnswer:
        """Write a boundary; the answer says whether the task is still to be done."""
        now = self._clock()
        with self._database.write() as tx:
            if not tasks.touch_on_host(tx, message.instance_id, message.task_id, host, now):
                return m.ProgressAnswer(False, leave=True)
            instance = instances.get(tx, message.instance_id)
            assert instance is not None
            shown = shown_during(instance.task_state, message.records)
            if shown is not None:
                tasks.show(tx, instance.id, message.task_id, shown)
            self._write(tx, instance, message.records)
        return m.ProgressAnswer(True)

    def done(self, message: m.TaskDone, host: str, _delivery: Delivery) -> m.ProgressAnswer:
        """The instance is what the task was for, unless the task is nobody's any more."""
        now = self._clock()
        with self._outbox.transaction("action:record") as posting:
            tx = posting.tx
            instance = _current(tx, message.instance_id, message.task_id)
            if instance is None or instance.task is None or instance.host != host:
                return m.ProgressAnswer(False, leave=True)
            task = instance.task
            tasks.finish(
                tx,
                instance.id,
                task.id,
                host,
                state=target_of(instance, task),
                power=message.power,
                ssh_port=message.ssh_port,
                accelerator=message.accelerator,
                now=now,
                changes=changes_of(instance, task, now, message.plugged_in),
            )
            settle_claims(tx, instance.id, now)
            if message.record is not None:
                self._write(tx, instance, (message.record,))
            self._close(tx, instance, task, ActionState.DONE, None)
            follow(posting, instance, task, now)
        if task.action in SIZING:
            self._bus.fanout(m.HOSTS_CHANGED, m.HostsChanged((), reload=True))
        self._tell(message.instance_id)
        return m.ProgressAnswer(True)

    def failed(self, message: m.TaskFailed, host: str, _delivery: Delivery) -> None:
        """It did not work: what was undone leaves the instance as it was, else it is in ERROR."""
        with self._database.write() as tx:
            instance = _current(tx, message.instance_id, message.task_id)
            if instance is None or instance.task is None or instance.host != host:
                return
            self._write(tx, instance, message.records)
            self._end_failed(tx, instance, instance.task, message.fault, undone=message.undone)
        self._tell(message.instance_id)

    def give_up(self, instance: Instance) -> None:
        """Its host neither did nor failed it in time: whatever it says now is void."""
        task = instance.task
        if task is None:
            return
        fault = self._too_late(instance, task)
        with self._database.write() as tx:
            if _current(tx, instance.id, task.id) is None:
                return
            self._end_failed(tx, instance, task, fault, undone=False)
        log.warning("an action timed out", instance_id=instance.id, action=task.action)
        self._tell(instance.id)

    def run_again(self, instance: Instance) -> None:
        """Nothing was heard of it for long: its message may be lost."""
        task = instance.task
        if task is None:
            return
        with self._outbox.transaction("action:accept") as posting:
            if tasks.touch(posting.tx, instance.id, task.id, self._clock()):
                posting.post(m.CONDUCTOR_ADDRESS, m.RunTask(instance.id, task.id))
                log.info("asks again for an action", instance_id=instance.id, action=task.action)

    def _end_failed(
        self, tx: Tx, instance: Instance, task: Task, fault: Fault, *, undone: bool
    ) -> None:
        if tasks.give_up(tx, instance.id, task.id, None if undone else fault, self._clock()):
            if undone:
                settle_claims(tx, instance.id, self._clock())
            self._close(tx, instance, task, ActionState.FAILED, fault)

    def _close(
        self, tx: Tx, instance: Instance, task: Task, state: ActionState, fault: Fault | None
    ) -> None:
        now = self._clock()
        journal.write(tx, [_whole(instance, state, now, fault)])
        journal.end_saga(tx, instance.id, saga_of(task), state.value, now)
        message = f"{fault.code}: {fault.message}" if fault else None
        actions.end(tx, instance.id, task.request_id, task.action, message, now)

    def _write(self, tx: Tx, instance: Instance, records: Sequence[m.ActionRecord]) -> None:
        now, task = self._clock(), instance.task
        assert task is not None
        for position, record in enumerate(records, start=1):
            if record.state in _UNDONE:
                journal.set_state(
                    tx,
                    instance.id,
                    saga_of(task),
                    instance.attempt,
                    record.action,
                    record.state,
                )
            else:
                journal.write(tx, [_part(instance, task, record, position, now)])

    def _homeless(self, instance: Instance, task: Task) -> Fault:
        return self._fault(
            task, "instance-has-no-host", f"instance {instance.id} is on no host", "vmctl delete it"
        )

    def _too_late(self, instance: Instance, task: Task) -> Fault:
        timeout_s = transition_of(task.action, hard=task.hard).timeout_s
        return self._fault(
            task,
            "action-timed-out",
            f"'{task.action}' of instance {instance.id} did not end within its {timeout_s:.0f} s",
            "vmctl reboot --hard SERVER brings it up again; vmctl service-list shows its host",
        )

    def _fault(self, task: Task, code: str, message: str, hint: str) -> Fault:
        return Fault(
            code=code,
            message=message,
            hint=hint,
            step=0,
            component="conductor",
            created_at=self._clock(),
            request_id=task.request_id,
            facts={"action": task.action},
        )

    def _tell(self, instance_id: str) -> None:
        self._bus.fanout(m.INSTANCE_CHANGED, m.InstanceChanged(instance_id))


def _current(tx: Tx, instance_id: str, task_id: str) -> Instance | None:
    """Return the instance if that is still its task."""
    instance = instances.get(tx, instance_id)
    if instance is None or instance.task is None or instance.task.id != task_id:
        return None
    return instance


def _whole(
    instance: Instance, state: ActionState, now: datetime, fault: Fault | None = None
) -> journal.JournalEntry:
    """Return the entry of the action as a whole, under nova's name of it."""
    task = instance.task
    assert task is not None
    event = transition_of(task.action, hard=task.hard).event
    return _entry(instance, task, m.ActionRecord(event, state, fault=fault), 0, now)


def _part(
    instance: Instance, task: Task, record: m.ActionRecord, position: int, now: datetime
) -> journal.JournalEntry:
    return _entry(instance, task, record, position, now)


def _entry(
    instance: Instance, task: Task, record: m.ActionRecord, position: int, now: datetime
) -> journal.JournalEntry:
    return journal.JournalEntry(
        instance_id=instance.id,
        saga=saga_of(task),
        attempt=instance.attempt,
        action=record.action,
        position=position,
        state=record.state,
        host=instance.host,
        started_at=now,
        ended_at=None if record.state == ActionState.RUNNING else now,
        fault=record.fault,
        steps=record.steps,
    )
