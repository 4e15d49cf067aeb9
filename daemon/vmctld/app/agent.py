"""The compute hosts of one process: a driver and an agent each, and their rounds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vmctld.bus.base import Bus
from vmctld.compute.agent.client import CALL_TRIES, ConductorClient
from vmctld.compute.agent.desk import BuildDesk
from vmctld.compute.agent.guarding import Guarding
from vmctld.compute.agent.handlers import Agent
from vmctld.compute.agent.ports import ImageCache, ServiceDoor
from vmctld.compute.agent.rounds import Rounds
from vmctld.compute.messages import ALL_AGENTS, AgentLocated, agent_address
from vmctld.domain.clock import Clock
from vmctld.drivers.base import Driver
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.errors import NotFound

if TYPE_CHECKING:
    from vmctld.host.network.bridges import Bridges

BUILD_WORKERS = 8
TASK_WORKERS = 8  # a guest may take a minute to power off, and no build should wait for that
CONTROL_WORKERS = 4  # they take messages; builds run on the desk's threads
CLOSE_TIMEOUT_S = 10.0
ROUND_TRIES = 2  # a round comes again anyway, and must not keep the daemon from ending


def make_drivers(
    driver: str, host: str, fake_hosts: int, state_dir: Path, bridges: Bridges | None = None
) -> dict[str, Driver]:
    """Return each host's driver: one host, or as many fake ones as were asked for.

    Raises Unavailable when the hypervisor is not there.
    """
    if driver == "fake":
        root = state_dir / "fake"
        if fake_hosts == 1:
            return {host: FakeDriver(root / host)}
        names = [f"{host}-{number:05d}" for number in range(1, fake_hosts + 1)]
        return {name: FakeDriver(root / name) for name in names}
    from vmctld.drivers.qemu.driver import QemuDriver

    cables = None
    if bridges is not None:
        from vmctld.host.network.cables import BridgeCables

        cables = BridgeCables(bridges)
    return {host: QemuDriver(state_dir / "qemu", cables=cables)}


class ComputeHosts:
    """All agents of this process."""

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        bus: Bus,
        door: ServiceDoor,
        cache: ImageCache,
        clock: Clock,
        *,
        located: AgentLocated = AgentLocated("", ""),  # noqa: B008 - frozen
        tries: int = CALL_TRIES,
        guarding: Guarding | None = None,
    ) -> None:
        self._guarding = guarding
        self._drivers = drivers
        self._bus = bus
        self._desk = desk = BuildDesk(BUILD_WORKERS)
        self._task_desk = BuildDesk(TASK_WORKERS)
        self.agents = [
            Agent(
                host=host,
                conductor=ConductorClient(
                    bus.named(agent_address(host)),
                    tries=tries,
                    is_stopping=lambda: desk.is_closed,
                ),
                located=located,
                door=door,
                cache=cache,
                driver=driver,
                desk=self._desk,
                task_desk=self._task_desk,
                clock=clock,
                look_at_guards=guarding.nudge if guarding else lambda: None,
            )
            for host, driver in drivers.items()
        ]
        first = bus.named(agent_address(self.agents[0].host))
        self.conductor = ConductorClient(first, tries=ROUND_TRIES)
        speaker = first if len(self.agents) == 1 else bus.named(ALL_AGENTS)
        self._rounds = Rounds(self.agents, ConductorClient(speaker, tries=ROUND_TRIES))

    def report(self) -> None:
        """Say that the hosts are here; raises Unavailable or TimedOut when nobody listens."""
        self._rounds.report()

    def start(self) -> None:
        """Report the hosts, adopt what runs on them, and take messages."""
        self._rounds.start()
        if self._guarding is not None:
            self._guarding.start()
        for agent in self.agents:
            self._bus.named(agent_address(agent.host)).serve(
                agent_address(agent.host), agent.handle, pool="agents", workers=CONTROL_WORKERS
            )

    def stop(self) -> None:
        """Begin no more builds; those under way stop at their next boundary.

        Machines go on running.
        """
        self._rounds.stop()
        if self._guarding is not None:
            self._guarding.stop()
        for agent in self.agents:
            agent.gate.close()
        self.close()

    def close(self) -> None:
        """End the threads, also those of hosts that were never started.  Safe to repeat."""
        for desk in (self._desk, self._task_desk):
            desk.close(CLOSE_TIMEOUT_S)

    def driver_of(self, instance_id: str) -> Driver:
        """Return the driver of the host that has the instance."""
        for driver in self._drivers.values():
            if driver.status(instance_id) is not None:
                return driver
        raise NotFound(
            f"no machine for instance {instance_id} on this host",
            code="machine-not-found",
            hint="vmctl show tells what became of the server",
        )
