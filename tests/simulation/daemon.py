"""One life of the daemon in a simulated world: the real parts, over what outlives them."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.simulation.bus import Post, SimulatedBus
from vmctld.app.pipeline import ConductorNeeds, serve_api_answers, serve_conductor
from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.agent.desk import BuildDesk
from vmctld.compute.agent.handlers import Agent
from vmctld.compute.api.admission import Admission, Needs
from vmctld.compute.api.deletion import Deletion
from vmctld.compute.conductor.dead_letters import DeadLetters
from vmctld.compute.conductor.sweep import Sweep
from vmctld.compute.messages import ALL_AGENTS, SCHEDULER_ADDRESS, agent_address
from vmctld.compute.outbox import Outbox
from vmctld.compute.scheduler.handlers import Scheduler
from vmctld.observe.locks import KeyedLocks
from vmctld.saga.runner import Interrupted

if TYPE_CHECKING:
    from tests.simulation.world import World

BUILD_TIMEOUT_S = 300.0
SCHEDULERS = 2


class Desk(BuildDesk):
    """Hands builds to the world's stage; one that raises is tried again, as the real one does."""

    def __init__(self, world: World, daemon: Daemon) -> None:
        self._world = world
        self._daemon = daemon

    @property
    def is_closed(self) -> bool:
        """False: simulated daemons are killed, never stopped."""
        return False

    def submit(self, job: Callable[[], None]) -> None:
        """Have ``job`` done when its turn comes."""
        request = contextvars.copy_context()
        self._world.stage.add("agent build", self._daemon, lambda: request.run(self._do, job))

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Interrupted:
            return
        except Exception:
            self.submit(job)


class Locks(KeyedLocks):
    """Locks for actors: whoever has to wait gives the baton back."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._held: set[str] = set()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Hold the lock of ``key`` for the length of the block."""
        while key in self._held:
            self._world.stage.pause()
        self._held.add(key)
        try:
            yield
        finally:
            self._held.discard(key)


class Daemon:
    """Api, schedulers, conductor, agents, outbox and sweep of one process."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.letters = DeadLetters(world.database, world.now)
        world.post = Post(world, self.letters.on_dead_letter)
        bus = SimulatedBus(world, "vmctld")
        self.outbox = Outbox(world.database, bus, world.now, world.elapsed)
        self.letters.connect(bus, self.outbox)
        self.sweep = Sweep(
            world.database,
            self.outbox,
            bus.named("conductor"),
            world.now,
            BUILD_TIMEOUT_S,
            elapsed=world.elapsed,
        )
        self._serve_services(bus)
        self.agents = {host: self._agent(host, bus) for host in world.drivers}

    def begin(self) -> None:
        """Do what a daemon does before it is ready: report, adopt, send what was left."""
        for host, agent in self.agents.items():
            agent.driver.watch_exits(self._hearing(host, agent))
        self.report()
        for agent in self.agents.values():
            agent.reconcile()
        for host, agent in self.agents.items():
            agent_bus = SimulatedBus(self.world, agent_address(host))
            agent_bus.serve(agent_address(host), agent.handle, pool="agents", workers=1)
        self.outbox.sweep()

    def report(self) -> None:
        """Say that the hosts are here, but for those that keep silent."""
        heard = [agent for host, agent in self.agents.items() if host not in self.world.silent]
        if heard:
            self._conductor(ALL_AGENTS).report([agent.report() for agent in heard])

    def clear_copies(self) -> None:
        """Let go of copies for instances that do not live: what a late undo may have missed."""
        wanted = self._conductor(agent_address(next(iter(self.agents)))).wanted_copies()
        for cache in self.world.caches.values():
            cache.collect(wanted.instances)

    def _hearing(self, host: str, agent: Agent) -> Callable[[str], None]:
        """Return what has the agent hear of an end: some time later, on a thread of its own."""

        def hear(instance_id: str) -> None:
            self.world.stage.add(f"agent {host}", self, lambda: agent.on_exit(instance_id))

        return hear

    def _serve_services(self, bus: SimulatedBus) -> None:
        world, services = self.world, self.world.services
        for _ in range(SCHEDULERS):
            scheduler = Scheduler(
                world.database, self.outbox, bus.named("scheduler"), world.now, world.elapsed
            )
            bus.serve(SCHEDULER_ADDRESS, scheduler.handle, pool="scheduler", workers=1)
        needs = ConductorNeeds(services, services, services, world.quotas, services)  # type: ignore[arg-type]
        serve_conductor(
            world.database, self.outbox, bus.named("conductor"), world.now, needs, BUILD_TIMEOUT_S
        )
        serve_api_answers(bus.named("compute-api"), self.letters)
        asked = Needs(services, services, services, services, services, services, world.quotas)
        self.admission = Admission(world.database, self.outbox, asked, world.now)
        self.deletion = Deletion(self.outbox, bus, world.now)

    def _conductor(self, sender: str) -> ConductorClient:
        return ConductorClient(SimulatedBus(self.world, sender), self.world.sleep)

    def _agent(self, host: str, bus: SimulatedBus) -> Agent:
        world = self.world
        return Agent(
            host=host,
            conductor=self._conductor(agent_address(host)),
            door=world.services,
            cache=world.caches[host],
            driver=world.drivers[host],
            desk=Desk(world, self),
            clock=world.now,
            locks=Locks(world),
            pause=world.sleep,
            elapsed=world.elapsed,
        )
