"""One agent among fakes, with a conductor that a test tells what to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.support.clock import NOON, FakeClock
from tests.support.cloud import FakeCache, FakeServices, Stores
from tests.support.instances import an_instance
from tests.support.recording_bus import RecordingBus
from vmctld.bus.base import Defer, Delivery
from vmctld.compute import messages as m
from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.agent.handlers import Agent
from vmctld.domain.instance import Instance
from vmctld.domain.trace import TracedStep
from vmctld.drivers.fake.driver import FakeDriver


class ScriptedConductor(RecordingBus):
    """Answers as a conductor does whose only instance is ``instance``."""

    def __init__(self, instance: Instance) -> None:
        super().__init__()
        self.instance: Instance | None = instance
        self.load: dict[str, Any] = {}  # what differs in the answer to LoadInstance
        self.progress: Callable[[m.RecordProgress], m.ProgressAnswer] = lambda _: m.ProgressAnswer(
            True
        )
        self.task_progress = m.ProgressAnswer(True)
        self.wants_it = True
        self.reconciled = m.ReconcileAnswer((), ())
        self.failures: dict[type, list[BaseException]] = {}

    def call(self, address: str, message: object, *, timeout_s: float) -> object:
        """Answer."""
        self.asked.append(message)
        if pending := self.failures.get(type(message)):
            raise pending.pop(0)
        match message:
            case m.LoadInstance():
                steps = (TracedStep(15, NOON, 0.0), TracedStep(16, NOON, 0.0))
                data = m.BuildData(self.instance, "vmb_token", False, steps)
                return replace(data, **self.load)
            case m.RecordProgress():
                return self.progress(message)
            case m.BuildSucceeded():
                return m.ProgressAnswer(self.wants_it)
            case m.RecordTask() | m.TaskDone():
                return self.task_progress
            case m.Reconcile():
                return self.reconciled
        return None

    def told_of(self, kind: type) -> list[Any]:
        """Return what was asked of one kind."""
        return [message for message in self.asked if isinstance(message, kind)]


class Desk:
    """Does jobs at once, on the caller's thread; keeps those that raise."""

    def __init__(self) -> None:
        self.is_closed = False
        self.jobs: list[Callable[[], None]] = []
        self.holds = False

    def submit(self, job: Callable[[], None]) -> None:
        """Do ``job``, or keep it while ``holds``."""
        if self.holds:
            self.jobs.append(job)
        else:
            job()


class OneAgent:
    """An agent on host ``a`` and all that it touches."""

    def __init__(self, **changes: Any) -> None:
        deadline_at = NOON + timedelta(minutes=5)
        self.instance = an_instance(**{"host": "a", "deadline_at": deadline_at, **changes})
        self.clock, self.stores, self.driver = FakeClock(), Stores(), FakeDriver()
        self.bus, self.desk = ScriptedConductor(self.instance), Desk()
        self.pauses: list[float] = []
        self.settled: list[str] = []
        self.services = FakeServices(self.stores)
        self.cache = FakeCache(self.stores)
        self.agent = self.new_agent()

    def new_agent(self) -> Agent:
        """Return an agent as after a restart: everything around it stays."""
        return Agent(
            host="a",
            conductor=ConductorClient(self.bus, self.pauses.append),
            door=self.services,
            cache=self.cache,
            driver=self.driver,
            desk=self.desk,  # type: ignore[arg-type]
            clock=self.clock,
            pause=self.pauses.append,
            elapsed=self.clock.monotonic,
        )

    def say(self, message: object, name: str = "settled") -> object:
        """Have the agent take ``message``; returns "deferred" when it is settled later."""
        sent_at = self.clock() - timedelta(seconds=2)
        delivery = Delivery(message, "vmctld", "req-1", sent_at, self.clock(), 1)
        try:
            return self.agent.handle(delivery, lambda: self.settled.append(name))
        except Defer:
            return "deferred"

    def build(self) -> None:
        """Have the agent build its instance."""
        self.say(m.BuildInstance(self.instance.id, self.instance.attempt))

    def leftovers(self) -> list[str]:
        """Return what is held for the instance."""
        held = [*self.stores.ports, *self.stores.attachments, *self.stores.images]
        return held + [machine.instance_id for machine in self.driver.machines()]
