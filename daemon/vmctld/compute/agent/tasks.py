"""Does what was asked of an instance after its boot: a saga an action, resumed after a crash.

Each part begins with a word to the conductor, who says whether the task is still to be done.
One at a time a machine: whoever comes later finds the earlier one's parts done or refused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from vmctld.bus.base import Settle
from vmctld.compute import messages as m
from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.agent.desk import BuildDesk
from vmctld.compute.agent.guestdata import address_of
from vmctld.compute.agent.ports import ImageCache, ServiceDoor
from vmctld.compute.agent.power import PowerReports
from vmctld.compute.agent.task_context import TaskContext
from vmctld.compute.agent.task_journal import TaskJournal, fault_of_task
from vmctld.compute.agent.task_sagas import AFTERWARDS, Parts, parts_of
from vmctld.domain.clock import Clock
from vmctld.domain.instance import Instance, Task, VmState
from vmctld.domain.lifecycle import target_of, transition_of
from vmctld.domain.machine import PowerState
from vmctld.drivers.base import Driver
from vmctld.errors import VmctlError
from vmctld.observe import context
from vmctld.observe.locks import KeyedLocks
from vmctld.saga import runner
from vmctld.saga.action import Fenced, SagaFailed
from vmctld.saga.journal import ActionState

log = structlog.get_logger(__name__)

_POWER_OF = {
    VmState.ACTIVE: PowerState.RUNNING,
    VmState.PAUSED: PowerState.PAUSED,
    VmState.SUSPENDED: PowerState.SUSPENDED,
    VmState.RESCUED: PowerState.RUNNING,
}


class TaskRunner:
    """Runs the tasks of one host's instances."""

    def __init__(
        self,
        *,
        conductor: ConductorClient,
        door: ServiceDoor,
        cache: ImageCache,
        driver: Driver,
        desk: BuildDesk,
        locks: KeyedLocks,
        power: PowerReports,
        clock: Clock,
        pause: Callable[[float], None],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conductor = conductor
        self._door = door
        self._cache = cache
        self._driver = driver
        self._desk = desk
        self._locks = locks
        self._power = power
        self._clock = clock
        self._pause = pause
        self._elapsed = elapsed
        self._guard = threading.Lock()
        self._at_desk: dict[str, list[Settle]] = {}  # by task

    def take(self, message: m.DoTask, settle: Settle) -> None:
        """Have the task done on the desk; a message that came twice is settled by the one run."""
        task = message.instance.task
        if task is None:
            settle()
            return
        with self._guard:
            settles = self._at_desk.setdefault(task.id, [])
            settles.append(settle)
        if len(settles) == 1:
            self._desk.submit(lambda: self._work(message.instance, task))

    def _work(self, instance: Instance, task: Task) -> None:
        self._do(instance, task)
        with self._guard:
            settles = self._at_desk.pop(task.id)
        for settle in settles:
            settle()

    def _do(self, instance: Instance, task: Task) -> None:
        parts = parts_of(task.action)
        ctx = TaskContext(instance, task, self._driver, self._cache, self._door.as_agent())
        ctx.as_user = lambda: self._door.for_build(self._conductor.task_token(instance.id, task.id))
        journal = TaskJournal(self._conductor, instance.id, task.id)
        try:
            if task.hard:
                journal.check()
                self._driver.stop(instance.id, 0.0)  # whoever waits for the guest waits no longer
            with self._locks.hold(f"task of {instance.id}"):
                self._run(parts, ctx, journal)
        except Fenced:
            log.info("the action is nobody's any more", instance_id=instance.id, task=task.action)

    def _run(self, parts: Parts, ctx: TaskContext, journal: TaskJournal) -> None:
        left_s = self._countdown(ctx.task)
        try:
            runner.run(
                parts,
                ctx,
                journal,
                resumed=True,
                is_stopping=lambda: self._desk.is_closed,
                doing=lambda: context.bind(timeout_s=left_s()),
                pause=self._pause,
            )
        except SagaFailed as failure:
            self._report_failure(ctx, journal, failure)
            return
        self._report_success(parts, ctx)

    def _countdown(self, task: Task) -> Callable[[], float]:
        """Return what says how long the task may still take: its waits and calls stop then.

        Not by the wall clock, which may jump by years.
        """
        ends_s = self._elapsed() + transition_of(task.action, hard=task.hard).timeout_s
        return lambda: max(ends_s - self._elapsed(), 0.0)

    def _report_success(self, parts: Parts, ctx: TaskContext) -> None:
        instance, task = ctx.instance, ctx.task
        target = target_of(instance, task)
        status = self._driver.status(instance.id)
        known = status.power if status else PowerState.SHUTDOWN
        power = known if known is not None else _POWER_OF.get(target, PowerState.SHUTDOWN)
        done = m.TaskDone(
            instance_id=instance.id,
            task_id=task.id,
            record=m.ActionRecord(parts[-1].name, ActionState.DONE) if parts else None,
            power=power,
            ssh_port=status.ssh_port if status else None,
            accelerator=status.accelerator if status else None,
            plugged_in=tuple(map(address_of, ctx.plugged_in)),
        )
        if not self._conductor.task_done(done):
            return
        self._tidy_up(ctx)
        if target is VmState.ACTIVE:
            # It may have ended before that was recorded: its end was told to no avail then.
            self._power.tell_unless_running(instance.id)

    def _tidy_up(self, ctx: TaskContext) -> None:
        """Throw away what the action does not need any more; it is done all the same."""
        afterwards = AFTERWARDS.get(ctx.task.action)
        try:
            if afterwards is not None:
                afterwards(ctx)
        except (VmctlError, OSError):  # the next action on it, or its deletion, clears it away
            log.warning("something is left of an action", task=ctx.task.action, exc_info=True)

    def _report_failure(self, ctx: TaskContext, journal: TaskJournal, failure: SagaFailed) -> None:
        cause = failure.__cause__ or failure
        instance, task = ctx.instance, ctx.task
        if not isinstance(cause, VmctlError):
            log.error("an action failed", instance_id=instance.id, task=task.action, exc_info=cause)
        fault = fault_of_task(cause, task, self._clock())
        self._conductor.task_failed(
            m.TaskFailed(instance.id, task.id, tuple(journal.closing), fault, not failure.stuck)
        )
