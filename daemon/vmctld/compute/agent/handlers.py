"""What the agent of one host does with the messages of its queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from vmctld.bus.base import Defer, Delivery, Settle
from vmctld.compute import messages as m
from vmctld.compute.agent.build import Builder
from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.agent.desk import BuildDesk
from vmctld.compute.agent.gate import StartGate
from vmctld.compute.agent.ports import ImageCache, ServiceDoor
from vmctld.compute.agent.power import PowerReports
from vmctld.compute.agent.tasks import TaskRunner
from vmctld.domain.clock import Clock
from vmctld.drivers.base import Driver
from vmctld.errors import Forbidden, InvalidRequest, VmctlError
from vmctld.host.uptime import uptime_line
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase
from vmctld.observe.locks import KeyedLocks
from vmctld.saga.runner import Interrupted

log = structlog.get_logger(__name__)


class Agent:
    """Serves the ``agent.<host>`` address of one host."""

    def __init__(
        self,
        *,
        host: str,
        conductor: ConductorClient,
        door: ServiceDoor,
        cache: ImageCache,
        driver: Driver,
        desk: BuildDesk,
        clock: Clock,
        located: m.AgentLocated = m.AgentLocated("", ""),  # noqa: B008 - frozen
        locks: KeyedLocks | None = None,
        task_desk: BuildDesk | None = None,
        look_at_guards: Callable[[], None] = lambda: None,
        pause: Callable[[float], None] = time.sleep,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host, self.driver = host, driver
        self._conductor, self._located = conductor, located
        self._door, self._cache, self._desk = door, cache, desk
        self._locks = KeyedLocks() if locks is None else locks
        self._power = PowerReports(driver, conductor, self._locks)
        self._look_at_guards = look_at_guards
        self._guard = threading.Lock()
        self._at_desk: dict[m.BuildInstance, list[Settle]] = {}
        self.gate = StartGate(driver.concurrent_starts, driver.has_settled)
        self._clock = clock
        self._builder = self._make_builder(clock, pause, elapsed)
        self._tasks = self._make_tasks(task_desk or desk, clock, pause, elapsed)

    def _make_builder(
        self, clock: Clock, pause: Callable[[float], None], elapsed: Callable[[], float]
    ) -> Builder:
        return Builder(
            host=self.host,
            conductor=self._conductor,
            door=self._door,
            cache=self._cache,
            driver=self.driver,
            gate=self.gate,
            locks=self._locks,
            power=self._power,
            clock=clock,
            is_stopping=lambda: self._desk.is_closed,
            pause=pause,
            elapsed=elapsed,
        )

    def _make_tasks(
        self,
        desk: BuildDesk,
        clock: Clock,
        pause: Callable[[float], None],
        elapsed: Callable[[], float],
    ) -> TaskRunner:
        return TaskRunner(
            conductor=self._conductor,
            door=self._door,
            cache=self._cache,
            driver=self.driver,
            desk=desk,
            locks=self._locks,
            power=self._power,
            clock=clock,
            pause=pause,
            elapsed=elapsed,
        )

    def handle(self, delivery: Delivery, settle: Settle) -> object:
        """Build (settled when it is over) or destroy (settled on return).

        Another host's agent has nothing to ask for here, whatever its broker lets it send.
        """
        message = delivery.message
        if delivery.sender.startswith(m.AGENT_PREFIX):
            raise Forbidden("that is not for agents to ask", code="not-for-agents")
        if isinstance(message, m.BuildInstance):
            if self._is_new(message, settle):
                self._submit(message, delivery)
            raise Defer
        if isinstance(message, m.DoTask):
            self._tasks.take(message, settle)
            raise Defer
        if isinstance(message, m.DestroyInstance):
            self._destroy(message)
            return None
        if isinstance(message, m.LocateAgent):
            return self._located
        if isinstance(message, m.GuardsChanged):
            self._look_at_guards()
            return None
        raise InvalidRequest(f"the agent knows no {type(message).__name__}", code="unknown-message")

    def _is_new(self, message: m.BuildInstance, settle: Settle) -> bool:
        """False for a message that came twice: both are settled by the one build."""
        with self._guard:
            settles = self._at_desk.setdefault(message, [])
            settles.append(settle)
        return len(settles) == 1

    def _submit(self, message: m.BuildInstance, delivery: Delivery) -> None:
        if self.gate.is_full:
            self._conductor.await_slot(message)
        self._desk.submit(lambda: self._build(message, delivery))
        failpoints.hit("13", Phase.AFTER_EFFECT)

    def _build(self, message: m.BuildInstance, delivery: Delivery) -> None:
        self._builder.build(message, delivery)
        failpoints.hit("28", Phase.AFTER_SEND)
        with self._guard:
            settles = self._at_desk.pop(message)
        for settle in settles:
            settle()

    def _destroy(self, message: m.DestroyInstance) -> None:
        """End the machine first: its addresses are free only when it cannot use them."""
        instance = message.instance
        services = self._door.as_agent()
        parts: tuple[tuple[str, Callable[[str], None]], ...] = (
            ("delete:destroy-machine", self.driver.destroy),
            ("delete:release-ports", services.ports.release_ports),
            ("delete:release-volumes", services.volumes.release_volumes),
            ("delete:release-image", self._cache.release),
        )
        with self._locks.hold(instance.id):
            for point, part in parts:
                failpoints.hit(point, Phase.BEFORE)
                part(instance.id)
                failpoints.hit(point, Phase.AFTER_EFFECT)
        self.gate.leave(instance.id)
        self._conductor.destroyed(instance.id)

    def report(self) -> m.HostReport:
        """Return what this host says of itself."""
        uptime = uptime_line(self._clock())
        return m.HostReport(self.host, "nova", self.driver.name, self.driver.capacity(), uptime)

    def reconcile(self) -> None:
        """Adopt what runs here: tell the conductor, and end what belongs to nobody.

        What is not as it was recorded may have changed since the look: it is looked at again.
        """
        machines = [
            m.MachineReport(status.instance_id, status.attempt, status.power)
            for status in self.driver.machines()
        ]
        attempts = {machine.instance_id: machine.attempt for machine in machines}
        answer = self._conductor.reconcile(machines)
        for instance_id in answer.unwanted:
            with self._locks.hold(instance_id):
                log.warning("ends a machine that belongs to nobody", instance_id=instance_id)
                self.driver.destroy(instance_id, attempts[instance_id])
        for instance_id in answer.differing:
            self._power.tell(instance_id)

    def on_exit(self, instance_id: str) -> None:
        """A machine ended by itself: the guest was shut down, or it crashed."""
        try:
            self._power.tell(instance_id)
        except (VmctlError, Interrupted):  # the next round, or the next daemon, tells it
            log.warning("an exit could not be told", instance_id=instance_id, exc_info=True)
