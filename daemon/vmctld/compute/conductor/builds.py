"""Steps 14 to 18, and the journal of a build up to its end: ACTIVE, another host, or ERROR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from vmctld.bus.base import Bus, Delivery
from vmctld.compute import boot
from vmctld.compute import messages as m
from vmctld.compute.conductor.ports import BuildTokens
from vmctld.compute.conductor.unshelved import came_back
from vmctld.compute.outbox import Outbox
from vmctld.compute.placing import claims_of, place_request
from vmctld.compute.scheduler.handlers import free_of
from vmctld.compute.steps import Tracer, between
from vmctld.domain.clock import Clock
from vmctld.domain.host import HostState
from vmctld.domain.instance import Fault, Instance, TaskState, VmState
from vmctld.errors import Forbidden, NotFound, Unauthenticated
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase
from vmctld.saga.journal import ActionState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import (
    host_rules,
    hosts,
    instances,
    journal,
    tokens,
    usage_intervals,
)

TASK_OF = {
    "fetch-image": None,
    "allocate-ports": TaskState.NETWORKING,
    "connect-volumes": TaskState.BLOCK_DEVICE_MAPPING,
    "spawn": TaskState.SPAWNING,
}
"""What is shown while an action runs; nova's words."""

_OF_AGENTS = {"dispatch", "load-instance", *boot.BUILD_ACTIONS}
_UNDONE = {ActionState.UNDONE.value, ActionState.STUCK.value}
_UNWINDING = {ActionState.FAILED.value, *_UNDONE}


class Builds:
    """What the conductor does for builds.  Every answer goes to the instance's own host only."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        bus: Bus,
        tokens: BuildTokens,
        clock: Clock,
        build_timeout_s: float = boot.BUILD_TIMEOUT_S,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._bus = bus
        self._tokens = tokens
        self._clock = clock
        self._build_timeout_s = build_timeout_s

    def load(self, message: m.LoadInstance, host: str, delivery: Delivery) -> m.BuildData:
        """Return the instance and a token to build it with; nothing when it is not to be built.

        The build's deadline and lease count from here: its agent has a start slot for it.  One
        that is tried again in the same life keeps its deadline, or it would never be over.
        """
        tracer = Tracer(self._clock)
        tracer.add(between(15, delivery.taken_at, self._clock()))
        fresh = self._clock() + timedelta(seconds=self._build_timeout_s)
        failpoints.hit("16", Phase.BEFORE)
        with self._database.write() as tx:
            with tracer.step(16) as notes:
                instance = instances.get(tx, message.instance_id)
                notes.detail = f"{instance.flavor.name}" if instance else "no such instance"
            if instance is None:
                return nothing_for(host, None)
            resumed = instance.deadline_at is not None
            deadline = (message.spent_s and instance.deadline_at) or fresh
            unwinding = resumed and _is_unwinding(tx, instance.id, instance.attempt)
            lease_owner = None if unwinding else host
            if not instances.begin_build(
                tx, instance.id, message.attempt, host, self._clock(), deadline, lease_owner
            ):
                return nothing_for(host, instance)
            self._write(tx, instance.id, message.attempt, host, _begun(message, unwinding))
            failpoints.hit("16", Phase.AFTER_EFFECT)
        failpoints.hit("16", Phase.AFTER_RECORD)
        token, refusal = self._token_for(instance)
        instance = replace(instance, deadline_at=deadline)
        failpoints.hit("17", Phase.BEFORE)
        is_void = unwinding or refusal is not None
        return m.BuildData(
            instance=instance,
            build_token=token,
            unwinding=is_void,
            steps=tuple(tracer.steps),
            refusal=refusal,
            resumed=resumed,
            timeout_s=max(self._build_timeout_s - message.spent_s, 0.0),
        )

    def _token_for(self, instance: Instance) -> tuple[str, Fault | None]:
        """Return a build token, or why there is none and never will be."""
        try:
            token, _ = self._tokens.issue_build_token(
                instance_id=instance.id,
                attempt=instance.attempt,
                user_id=instance.user_id,
                project_id=instance.project_id,
                calls=boot.BUILD_CALLS,
                lifetime_s=int(self._build_timeout_s),
            )
        except (Unauthenticated, Forbidden, NotFound) as error:
            return "", Fault(
                code=error.code,
                message=error.message,
                hint=error.hint,
                step=17,
                component=boot.CONDUCTOR,
                created_at=self._clock(),
                request_id=instance.request_id,
                facts=error.facts,
            )
        return token, None

    def await_slot(self, message: m.AwaitSlot, host: str, _delivery: Delivery) -> None:
        """Show that the build waits for an earlier guest of its host to come up."""
        self._database.run(
            lambda tx: instances.await_slot(
                tx, message.instance_id, message.attempt, host, self._clock()
            )
        )
        self._tell(message.instance_id)

    def record_progress(
        self, message: m.RecordProgress, host: str, _delivery: Delivery
    ) -> m.ProgressAnswer:
        """Write a boundary; the answer says whether the build is still this attempt's.

        One that goes forward, late, does not write over the mark of a life that has failed.
        """
        instance_id, attempt, now = message.instance_id, message.attempt, self._clock()
        running = [r.action for r in message.records if r.state == ActionState.RUNNING]

        def record(tx: Tx) -> m.ProgressAnswer:
            if running:
                task = TASK_OF.get(running[-1])
                go_on = instances.advance(tx, instance_id, attempt, host, task, now)
            else:  # it failed: nobody may finish this attempt any more
                go_on = instances.begin_unwinding(tx, instance_id, attempt, host, now)
            instance = None if go_on else instances.get(tx, instance_id)
            is_built = instance is not None and _was_built(instance, attempt, host)
            is_late = not go_on and running and _is_unwinding(tx, instance_id, attempt)
            if go_on or (_is_on(instance, attempt, host) and not (is_built or is_late)):
                self._write(tx, instance_id, attempt, host, message.records)
            return m.ProgressAnswer(go_on, is_built)

        answer = self._database.run(record)
        self._tell(instance_id)
        return answer

    def succeeded(
        self, message: m.BuildSucceeded, host: str, _delivery: Delivery
    ) -> m.ProgressAnswer:
        """The machine runs: ACTIVE, unless the instance is no longer this attempt's."""
        now = self._clock()
        follows: list[m.DiscardImage] = []

        def finish(tx: Tx) -> bool:
            done = instances.finish_build(
                tx,
                message.instance_id,
                message.attempt,
                host,
                addresses=message.addresses,
                ssh_port=message.ssh_port,
                accelerator=message.accelerator,
                now=now,
            )
            if done:
                self._write(tx, message.instance_id, message.attempt, host, (message.record,))
                tokens.remove_of_builds(tx, message.instance_id)
                follows[:] = self._note_success(tx, message.instance_id, host, now)
            else:  # said before, and the answer was lost?
                instance = instances.get(tx, message.instance_id)
                done = instance is not None and _was_built(instance, message.attempt, host)
            return done

        done = self._database.run(finish)
        for one in follows:
            self._bus.cast(m.CONDUCTOR_ADDRESS, one)
        self._tell(message.instance_id)
        return m.ProgressAnswer(done)

    def failed(self, message: m.BuildFailed, host: str, _delivery: Delivery) -> None:
        """The host is clean again: try another one, or set ERROR with the fault."""
        now, freed = self._clock(), None
        with self._outbox.transaction("undo:place") as posting:
            tx = posting.tx
            instance = instances.get(tx, message.instance_id)
            if instance is None or not _is_on(instance, message.attempt, host):
                return
            self._write(tx, message.instance_id, message.attempt, host, message.records)
            if message.elsewhere and _may_go_elsewhere(instance):
                ended = instances.try_elsewhere(tx, instance, now)
                if ended:
                    again = instances.get(tx, instance.id)
                    assert again is not None
                    request = place_request(again)
                    posting.post(m.SCHEDULER_ADDRESS, request, answer_to=m.API_ADDRESS)
            else:
                ended = instances.fail(tx, instance.id, message.attempt, message.fault, now)
                if ended and instance.volumes:  # some may only be reserved, by nobody's host
                    posting.post(m.CONDUCTOR_ADDRESS, m.ReleaseReserved(instance.id))
            if ended:
                tokens.remove_of_builds(tx, instance.id)
                if message.elsewhere:  # what would fail anywhere says nothing of this host
                    host_rules.build_failed(tx, host)
                freed = hosts.release(tx, instance.id)
        self.tell_hosts(freed)
        self._tell(message.instance_id)

    def tell_hosts(self, freed: HostState | None) -> None:
        """Tell every scheduler what is free again."""
        if freed is not None:
            self._bus.fanout(m.HOSTS_CHANGED, m.HostsChanged((free_of(freed),)))

    def _note_success(
        self, tx: Tx, instance_id: str, host: str, now: datetime
    ) -> list[m.DiscardImage]:
        """Have the instance's use count from now on, and its host be trusted again.

        Returns what is to be sent for one that was shelved.
        """
        host_rules.build_succeeded(tx, host)
        instance = instances.get(tx, instance_id)
        if instance is None:
            return []
        usage_intervals.begin(tx, instance, claims_of(instance), now)
        message = came_back(tx, instance, now)
        return [] if message is None else [message]

    def _tell(self, instance_id: str) -> None:
        self._bus.fanout(m.INSTANCE_CHANGED, m.InstanceChanged(instance_id))

    def _write(
        self,
        tx: Tx,
        instance_id: str,
        attempt: int,
        host: str,
        records: Sequence[m.ActionRecord],
    ) -> None:
        """Write records; an undone action keeps the steps that it traced when it was done."""
        if any(record.action not in _OF_AGENTS for record in records):
            raise Forbidden("agents do not play that part of a boot", code="not-your-action")
        now = self._clock()
        full = [r for r in records if r.steps or r.state not in _UNDONE]
        journal.write(tx, [_entry(record, instance_id, attempt, host, now) for record in full])
        for record in records:
            if record not in full:
                journal.set_state(tx, instance_id, "boot", attempt, record.action, record.state)


def nothing_for(host: str, instance: Instance | None) -> m.BuildData:
    """Return the answer to a host that is not to build: what else it has to know.

    A life that died while it undid may have left something; its message comes again.
    """
    state = VmState.DELETED if instance is None else instance.vm_state
    is_gone = state is VmState.DELETED or instance is None or instance.host != host
    return m.BuildData(
        instance=None,
        build_token="",
        unwinding=False,
        steps=(),
        is_gone=is_gone,
        is_over=is_gone and state in (VmState.DELETED, VmState.ERROR),
    )


def _is_unwinding(tx: Tx, instance_id: str, attempt: int) -> bool:
    entries = journal.of_instance(tx, instance_id, "boot")
    return any(e.state in _UNWINDING for e in entries if e.attempt == attempt)


def _begun(message: m.LoadInstance, unwinding: bool) -> tuple[m.ActionRecord, ...]:
    dispatch = m.ActionRecord("dispatch", ActionState.DONE, message.dispatch)
    if unwinding:
        return (dispatch,)
    return (
        dispatch,
        m.ActionRecord("load-instance", ActionState.DONE),  # its steps come with the next
        m.ActionRecord(boot.BUILD_ACTIONS[0], ActionState.RUNNING),
    )


def _is_on(instance: Instance | None, attempt: int, host: str) -> bool:
    return instance is not None and (instance.attempt, instance.host) == (attempt, host)


def _was_built(instance: Instance, attempt: int, host: str) -> bool:
    """True when this attempt made it, whatever its guest or its user has done with it since."""
    is_ending = instance.vm_state is VmState.DELETED or instance.task_state is TaskState.DELETING
    if is_ending or instance.vm_state is VmState.BUILDING:
        return False
    if instance.vm_state is VmState.ERROR and instance.launched_at is None:
        return False
    return _is_on(instance, attempt, host)


def _may_go_elsewhere(instance: Instance) -> bool:
    return instance.forced_host is None and instance.attempt < boot.HOSTS_TRIED


def _entry(
    record: m.ActionRecord, instance_id: str, attempt: int, host: str, now: datetime
) -> journal.JournalEntry:
    started = record.steps[0].started_at if record.steps else now
    return journal.JournalEntry(
        instance_id=instance_id,
        saga="boot",
        attempt=attempt,
        action=record.action,
        position=boot.POSITION[record.action],
        state=record.state,
        host=host,
        started_at=started,
        ended_at=None if record.state == ActionState.RUNNING else now,
        fault=record.fault,
        steps=record.steps,
    )
