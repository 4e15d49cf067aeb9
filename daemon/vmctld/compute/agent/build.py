"""One build, from the message taken (step 13) to the machine that runs (step 28)."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from vmctld.bus.base import Delivery
from vmctld.compute import messages as m
from vmctld.compute.agent.actions import build_actions
from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.agent.context import BuildContext
from vmctld.compute.agent.gate import StartGate
from vmctld.compute.agent.guestdata import address_of
from vmctld.compute.agent.journal import ConductorJournal, fault_of
from vmctld.compute.agent.ports import ImageCache, ServiceDoor
from vmctld.compute.agent.power import PowerReports
from vmctld.compute.steps import Tracer, between, end_of_step
from vmctld.domain.clock import Clock
from vmctld.domain.instance import Fault, Instance
from vmctld.domain.trace import TracedStep
from vmctld.drivers.base import Driver
from vmctld.errors import (
    AlreadyExists,
    Forbidden,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    VmctlError,
)
from vmctld.observe import context, failpoints
from vmctld.observe.failpoints import Phase
from vmctld.observe.locks import KeyedLocks
from vmctld.saga import runner
from vmctld.saga.action import Fenced, Overtaken, SagaFailed
from vmctld.saga.journal import ActionState

log = structlog.get_logger(__name__)

NO_USE_ELSEWHERE = (AlreadyExists, Forbidden, InvalidRequest, NotFound, Unauthenticated)
"""Another host would fail just the same."""
SAME_EVERYWHERE = frozenset({"no-free-address"})


class Builder:
    """Builds the instances of one host."""

    def __init__(
        self,
        *,
        host: str,
        conductor: ConductorClient,
        door: ServiceDoor,
        cache: ImageCache,
        driver: Driver,
        gate: StartGate,
        locks: KeyedLocks,
        power: PowerReports,
        clock: Clock,
        is_stopping: Callable[[], bool],
        pause: Callable[[float], None] = time.sleep,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = host
        self._conductor = conductor
        self._door = door
        self._cache = cache
        self._driver = driver
        self._gate = gate
        self._locks = locks
        self._power = power
        self._clock = clock
        self._is_stopping = is_stopping
        self._pause = pause
        self._elapsed = elapsed
        self._actions = build_actions(clock)
        self._first_tried: dict[m.BuildInstance, float] = {}  # those that are not settled

    def build(self, message: m.BuildInstance, delivery: Delivery) -> None:
        """Build, or go on building; returns when it is settled.

        Raises Interrupted when the daemon stops meanwhile: the message stays, and the next
        daemon goes on.
        """
        if not self._gate.enter(message.instance_id):
            raise runner.Interrupted
        try:
            with self._locks.hold(message.instance_id):
                has_guest = self._build(message, delivery)
        except BaseException:
            self._gate.leave(message.instance_id)
            raise
        self._first_tried.pop(message, None)
        if has_guest:
            self._gate.coming_up(message.instance_id)
        else:
            self._gate.leave(message.instance_id)

    def _build(self, message: m.BuildInstance, delivery: Delivery) -> bool:
        data, load_steps = self._load(message, delivery)
        if data.instance is None:
            log.debug("nothing to build any more", instance_id=message.instance_id)
            if data.is_gone:
                self._clean(message, data)
            return False
        ctx = self._context(data.instance, data.build_token)
        journal = ConductorJournal(
            self._conductor, message.instance_id, message.attempt, ctx.tracer
        )
        journal.add(m.ActionRecord("load-instance", ActionState.DONE, load_steps))
        if data.unwinding:
            self._unwind(ctx, journal, data.refusal)
            return False
        return self._run(ctx, journal, data)

    def _clean(self, message: m.BuildInstance, data: m.BuildData) -> None:
        """Remove what an earlier life of this attempt may have left when it died undoing.

        What the next attempt's host was given is spared, and so are volumes while there is one.
        """
        instance_id, services = message.instance_id, self._door.as_agent()
        self._driver.destroy(instance_id, message.attempt)
        if data.is_over:
            services.volumes.release_volumes(instance_id, host=self._host)
        services.ports.release_ports(instance_id, host=self._host)
        self._cache.release(instance_id)

    def _run(self, ctx: BuildContext, journal: ConductorJournal, data: m.BuildData) -> bool:
        instance, left_s = ctx.instance, self._countdown(data.timeout_s)
        try:
            runner.run(
                self._actions,
                ctx,
                journal,
                resumed=data.resumed,
                is_stopping=self._is_stopping,
                doing=lambda: context.bind(timeout_s=left_s()),
                pause=self._pause,
            )
        except Overtaken:
            log.info("the build was finished by another life", instance_id=instance.id)
            return False
        except Fenced:
            log.info("the build was called off", instance_id=instance.id)
            return False
        except SagaFailed as failure:
            self._report_failure(ctx, journal, failure.action, failure.__cause__ or failure)
            return False
        return self._report_success(ctx, journal)

    def _load(
        self, message: m.BuildInstance, delivery: Delivery
    ) -> tuple[m.BuildData, tuple[TracedStep, ...]]:
        """Steps 12 to 18, as they are seen from here."""
        began = self._clock()
        spent_s = self._elapsed() - self._first_tried.setdefault(message, self._elapsed())
        waited_s = (began - delivery.taken_at).total_seconds() - spent_s
        slot = f"waited {waited_s:.1f} s for a start slot" if waited_s > 1 else ""
        dispatch = (
            between(12, delivery.sent_at, delivery.taken_at, f"through the queue of {self._host}"),
            between(13, delivery.taken_at, began, slot),
        )
        data = self._conductor.load(message, dispatch, spent_s)
        failpoints.hit("14", Phase.AFTER_EFFECT)
        ended = self._clock()
        taken = data.steps[0].started_at if data.steps else ended
        answered = end_of_step(data.steps[-1]) if data.steps else ended
        steps = (
            between(14, began, taken, "through the conductor's queue"),
            *data.steps,
            between(17, answered, ended, "through the queue"),
            between(18, ended, self._clock(), "instance, flavor and build token"),
        )
        failpoints.hit("18", Phase.AFTER_EFFECT)
        return data, steps

    def _countdown(self, timeout_s: float) -> Callable[[], float]:
        """Return what says how long the build may still take: its waits and calls stop then.

        Not by the wall clock: one that jumps must not end a build, nor let it go on for years.
        """
        ends_s = self._elapsed() + timeout_s
        return lambda: max(ends_s - self._elapsed(), 0.0)

    def _context(self, instance: Instance, token: str) -> BuildContext:
        return BuildContext(
            instance=instance,
            host=self._host,
            services=self._door.for_build(token),
            as_agent=self._door.as_agent(),
            cache=self._cache,
            driver=self._driver,
            tracer=Tracer(self._clock),
        )

    def _unwind(self, ctx: BuildContext, journal: ConductorJournal, refusal: Fault | None) -> None:
        """Undo what an earlier life of this attempt may have made, and say why."""
        instance, last = ctx.instance, self._actions[-1].name
        cause = VmctlError(
            "the build failed, and the daemon was restarted while it was undone",
            code="build-interrupted",
            hint="the log of the earlier daemon has the cause",
        )
        try:
            runner.undo(self._actions, ctx, journal, pause=self._pause, failed=last, cause=cause)
        except Overtaken:
            log.info("the build was finished by another life", instance_id=instance.id)
            return
        if refusal is None:
            self._report_failure(ctx, journal, last, cause)
        else:
            self._conductor.failed(instance.id, instance.attempt, journal.closing, refusal, False)

    def _report_success(self, ctx: BuildContext, journal: ConductorJournal) -> bool:
        done = m.ActionRecord("spawn", ActionState.DONE, tuple(ctx.tracer.steps))
        addresses = tuple(address_of(wiring) for wiring in ctx.wirings)
        instance = ctx.instance
        if self._conductor.succeeded(instance.id, instance.attempt, done, addresses, ctx.machine):
            failpoints.hit("28", Phase.AFTER_RECORD)
            # It may have ended before it was recorded: its end was told to no avail then.
            self._power.tell_unless_running(instance.id)
            return True
        # Deleted at the last moment: what was made for nobody must not stay.
        runner.undo(self._actions, ctx, journal, pause=self._pause)
        return False

    def _report_failure(
        self, ctx: BuildContext, journal: ConductorJournal, action: str, cause: BaseException
    ) -> None:
        instance = ctx.instance
        if not isinstance(cause, VmctlError):
            log.error("a build failed", instance_id=instance.id, action=action, exc_info=cause)
        failed = next((r for r in journal.closing if r.state == ActionState.FAILED), None)
        steps = failed.steps if failed else ()
        request_id = context.current().request_id or instance.request_id
        fault = fault_of(cause, action, steps, self._clock(), request_id)
        records = [_with_fault(record, failed, fault) for record in journal.closing]
        self._conductor.failed(
            instance.id, instance.attempt, records, fault, _may_work_elsewhere(cause)
        )


def _with_fault(
    record: m.ActionRecord, failed: m.ActionRecord | None, fault: Fault
) -> m.ActionRecord:
    if record is not failed:
        return record
    return m.ActionRecord(record.action, record.state, record.steps, fault)


def _may_work_elsewhere(cause: BaseException) -> bool:
    if isinstance(cause, VmctlError) and cause.code in SAME_EVERYWHERE:
        return False
    return not isinstance(cause, NO_USE_ELSEWHERE)
