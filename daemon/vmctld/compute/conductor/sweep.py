"""Finds work that no message has brought: any message may be lost, doubled or late.

Looks only into the database, every few seconds.  What it does, it does through the same
doors as everybody else, so that a sweep too many changes nothing.  It measures by a clock that
nobody can set: the wall clock may jump by years.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from vmctld.bus.base import Bus
from vmctld.compute import boot
from vmctld.compute import messages as m
from vmctld.compute.conductor.snapshots import offload_overdue
from vmctld.compute.conductor.stillness import Stillness
from vmctld.compute.conductor.tasks import Tasks
from vmctld.compute.outbox import Outbox
from vmctld.compute.placing import place_request
from vmctld.compute.scheduler.filters.compute import DOWN_AFTER
from vmctld.compute.scheduler.handlers import free_of
from vmctld.domain.clock import Clock
from vmctld.domain.host import HostState
from vmctld.domain.instance import Fault, Instance, Task, TaskState, VmState
from vmctld.domain.lifecycle import transition_of
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts, image_tasks, instances

log = structlog.get_logger(__name__)

SWEEP_S = 5.0
BATCH = 500
SILENT_S = 60.0  # nothing was heard of a deletion for so long: ask again
GRACE_S = 30.0  # for an agent to undo a build whose deadline has passed


@dataclass(frozen=True, slots=True)
class _Found:
    """One unsettled instance, and its host if it has one."""

    instance: Instance
    host: HostState | None


class Sweep:
    """The conductor's regular look at what has not settled."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        bus: Bus,
        clock: Clock,
        build_timeout_s: float = boot.BUILD_TIMEOUT_S,
        *,
        hears_hosts: Callable[[], bool] = lambda: True,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hears_hosts = hears_hosts
        self._database = database
        self._outbox = outbox
        self._bus = bus
        self._clock = clock
        self._tasks = Tasks(database, outbox, bus, clock)
        self._build_timeout_s = build_timeout_s
        self._still = Stillness(elapsed)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go, name="sweep", daemon=True)

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def stop(self) -> None:
        """End the rounds."""
        self._stopping.set()
        self._thread.join()

    def sweep(self) -> None:
        """Look once."""
        with self._database.read() as tx:
            unsettled = instances.unsettled(tx, BATCH)
            known = {host.name: host for host in hosts.everything(tx)} if unsettled else {}
        for instance in unsettled:
            try:
                self._look_at(_Found(instance, known.get(instance.host or "")))
            except Exception:  # one that cannot be helped does not keep the others from help
                log.exception("a sweep could not help", instance_id=instance.id)
        self._end_terms()
        self._forget_images()
        self._still.forget_unseen()

    def _end_terms(self) -> None:
        """Delete what could be restored for a while, and offload what could keep its host."""
        now = self._clock()
        with self._database.read() as tx:
            late = instances.overdue(tx, now, BATCH)
        for instance in (one for one in late if one.task_state is None):
            if instance.vm_state is VmState.SOFT_DELETED:
                with self._outbox.transaction("delete:accept") as posting:
                    if instances.begin_delete(posting.tx, instance.id, now):
                        posting.post(m.CONDUCTOR_ADDRESS, m.TerminateInstance(instance.id))
                        log.info("deletes for good", instance_id=instance.id)
            elif instance.vm_state is VmState.SHELVED:
                with self._outbox.transaction("action:accept") as posting:
                    if offload_overdue(posting, instance.id, now):
                        log.info("offloads a shelved server", instance_id=instance.id)

    def _forget_images(self) -> None:
        """Forget images that wait for bytes which nobody is to bring.

        Their task was broken off, or the api died between the image and its task.
        """
        with self._database.read() as tx:
            waiting = image_tasks.forsaken(tx)
        for image_id, changed_at in waiting.items():
            if self._still.seconds(("image", image_id), changed_at) > SILENT_S:
                with self._database.write() as tx:
                    if image_tasks.forget_forsaken(tx, image_id):
                        log.info("forgets an image that nobody fills", image_id=image_id)

    def _look_at(self, found: _Found) -> None:
        instance = found.instance
        if instance.task is not None:
            self._look_at_task(instance, instance.task)
        elif instance.task_state is TaskState.DELETING:
            if self._is_silent(instance):
                self._delete_again(instance)
        elif instance.deadline_at is not None:
            if self._is_over(instance, self._build_timeout_s):
                self._give_up(instance)
        elif found.host is not None and self._is_down(found.host):
            self._place_elsewhere(instance)

    def _look_at_task(self, instance: Instance, task: Task) -> None:
        timeout_s = transition_of(task.action, hard=task.hard).timeout_s
        if instance.deadline_at is not None and self._is_over(instance, timeout_s):
            self._tasks.give_up(instance)
        elif self._is_silent(instance):
            self._tasks.run_again(instance)

    def _is_over(self, instance: Instance, timeout_s: float) -> bool:
        """True when its time has passed since its deadline was seen first.

        So what a daemon finds when it starts has all its time to go on, however late that is.
        """
        still_s = self._still.seconds((instance.id, "deadline"), instance.deadline_at)
        return still_s > timeout_s + GRACE_S

    def _is_silent(self, instance: Instance) -> bool:
        return self._still.seconds((instance.id, "heard of"), instance.updated_at) > SILENT_S

    def _is_down(self, host: HostState) -> bool:
        silent_s = self._still.seconds(("host", host.name), host.seen_at)
        is_silent = self._hears_hosts() and silent_s > DOWN_AFTER.total_seconds()
        return host.forced_down or is_silent

    def _delete_again(self, instance: Instance) -> None:
        with self._outbox.transaction("delete:accept") as posting:
            if instances.touch(posting.tx, instance.id, self._clock()):
                posting.post(m.CONDUCTOR_ADDRESS, m.TerminateInstance(instance.id))
                log.info("asks again for a deletion", instance_id=instance.id)

    def _give_up(self, instance: Instance) -> None:
        """The build's agent neither finished nor failed in time: whatever it does now is void.

        Not tried elsewhere: the agent may still wake up and undo, and ports and volumes
        have the same ids in every attempt.
        """
        now = self._clock()
        fault = Fault(
            code="build-timed-out",
            message=f"the build did not end within its {self._build_timeout_s:.0f} s",
            hint="delete the server and boot it again; vmctl trace shows how far it got",
            step=28,
            component=boot.AGENT,
            created_at=now,
            request_id=instance.request_id,
            facts={"attempt": instance.attempt},
        )
        with self._database.write() as tx:
            if not instances.fail(tx, instance.id, instance.attempt, fault, now, keep_host=True):
                return
        log.warning("a build timed out", instance_id=instance.id, host=instance.host)
        self._bus.fanout(m.INSTANCE_CHANGED, m.InstanceChanged(instance.id))

    def _place_elsewhere(self, instance: Instance) -> None:
        """Its host went down before the build began there: another one may have it."""
        with self._outbox.transaction("undo:place") as posting:
            tx = posting.tx
            if not instances.try_elsewhere(tx, instance, self._clock()):
                return
            freed = hosts.release(tx, instance.id)
            again = instances.get(tx, instance.id)
            if again is not None and again.vm_state is VmState.BUILDING:
                request = place_request(again)
                posting.post(m.SCHEDULER_ADDRESS, request, answer_to=m.API_ADDRESS)
        if freed is not None:
            self._bus.fanout(m.HOSTS_CHANGED, m.HostsChanged((free_of(freed),)))
        log.warning("placed elsewhere: its host is down", instance_id=instance.id)

    def _go(self) -> None:
        while not self._stopping.wait(SWEEP_S):
            try:
                self.sweep()
            except Exception:  # the next round may find the database in a better state
                log.exception("a sweep failed")
