"""What agents do without being asked: say that they are here, and look after their machines."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import structlog

from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.agent.handlers import Agent

log = structlog.get_logger(__name__)

REPORT_EVERY_S = 10.0  # nova's report_interval
RECONCILE_EVERY_ROUNDS = 6


class Rounds:
    """The regular rounds of all agents in one process, on one thread."""

    def __init__(self, agents: Sequence[Agent], conductor: ConductorClient) -> None:
        self._agents = agents
        self._conductor = conductor
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go, name="agent-rounds", daemon=True)

    def start(self) -> None:
        """Report and adopt once, before the daemon says that it is ready; then go on.

        Ends are listened for before the look: one between the two would go unseen.
        """
        for agent in self._agents:
            agent.driver.watch_exits(agent.on_exit)
        self.report()
        for agent in self._agents:
            agent.reconcile()
        self._thread.start()

    def stop(self) -> None:
        """End the rounds."""
        self._stopping.set()
        self._thread.join()

    def report(self) -> None:
        """Say that all these hosts are here."""
        self._conductor.report([agent.report() for agent in self._agents])

    def _go(self) -> None:
        rounds = 0
        while not self._stopping.wait(REPORT_EVERY_S):
            rounds += 1
            try:
                self.report()
                if rounds % RECONCILE_EVERY_ROUNDS == 0:
                    self._reconcile()
            except Exception:  # a host that stops reporting counts as down
                log.exception("a round of the agents failed")

    def _reconcile(self) -> None:
        """Look at every host, an empty one too: what is recorded there may be gone."""
        for agent in self._agents:
            try:
                agent.reconcile()
            except Exception:  # the other hosts are looked at all the same
                log.exception("a host could not be looked at", host=agent.host)
