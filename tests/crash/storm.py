"""Random kills: the daemon dies, freezes and loses machines while a crowd boots and deletes."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.crash.auditor import audit, own_audit
from tests.crash.client import User
from tests.crash.collect import machines_seen
from tests.crash.crowd import Crowd
from tests.crash.evidence import Evidence, Ledger, Violation
from tests.crash.figures import percentile
from tests.crash.site import Site, Template, machines_of, site_of
from tests.crash.waiting import GaveUp, wait_for

AUDIT_EVERY = 20  # rounds
LONGEST_PEACE_S = 0.6  # between a start and the next blow
FREEZE_S = (0.5, 3.0)
FREEZES = 0.1  # the share of rounds that freeze the daemon before they kill it
MACHINE_KILLS = 0.3  # the share of rounds that kill a machine too (QEMU)
SETTLE_TIMEOUT_S = 60.0
T_RESUME_S = 30.0


@dataclass
class StormReport:
    """What came of it."""

    kills: int = 0
    freezes: int = 0
    machines_killed: int = 0
    audits: int = 0
    boots: int = 0
    interrupted: int = 0  # builds that a kill hit, and that nobody deleted
    resumed: int = 0  # of those: now ACTIVE
    other_ends: Counter[str] = field(default_factory=Counter)
    settle_s: list[float] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    last_words: str = ""

    def lines(self) -> Iterator[str]:
        """Yield the figures, one a line."""
        yield f"kills of the daemon             {self.kills}"
        yield f"freezes, machines killed        {self.freezes}, {self.machines_killed}"
        yield f"boots meanwhile, audits         {self.boots}, {self.audits}"
        yield f"violations                      {len(self.violations)}"
        others = ", ".join(f"{number} {end}" for end, number in self.other_ends.items())
        yield f"interrupted boots now ACTIVE    {self.resumed} of {self.interrupted}"
        if others:
            yield f"the others                      {others}"
        for name, values in (("settled", self.settle_s), ("ready", self.ready_s)):
            if values:
                middle, late = percentile(values, 50), percentile(values, 99)
                yield f"{f'restart to {name}':31} p50 {middle:.2f} s, p99 {late:.2f} s"


class Storm:
    """One run on one site."""

    def __init__(self, site: Site, seed: int) -> None:
        self._site = site
        self._chance = random.Random(seed)
        self._ledger = Ledger()
        self._cloud = site.client()
        self._interrupted: set[str] = set()
        self.report = StormReport()

    def run(
        self, crowd: Crowd, rounds: int, on_audit: Callable[[StormReport], None] = lambda _: None
    ) -> None:
        """Kill so many times, auditing now and then; leave when something is wrong."""
        with crowd:
            for number in range(1, rounds + 1):
                self._blow()
                if number % AUDIT_EVERY == 0 or number == rounds:
                    crowd.calm()
                    self._audit()
                    self.report.boots = crowd.boots
                    self.report.violations += crowd.troubles
                    on_audit(self.report)
                    if self.report.violations:
                        break
                    crowd.go_on()
            crowd.calm()
        self._clean_up()

    def crowd(self, volumes: tuple[str, ...]) -> Crowd:
        """Return the users of this storm."""
        return Crowd(self._site, self._ledger, volumes, self._chance.randrange(2**32))

    def _blow(self) -> None:
        daemon, chance = self._site.daemon, self._chance
        assert daemon is not None
        time.sleep(chance.uniform(0.0, LONGEST_PEACE_S))  # the moment is what is random here
        if chance.random() < FREEZES:
            daemon.freeze()
            time.sleep(chance.uniform(*FREEZE_S))
            if chance.random() < 0.5:
                daemon.thaw()
                time.sleep(chance.uniform(0.0, LONGEST_PEACE_S))
            self.report.freezes += 1
        if chance.random() < MACHINE_KILLS:
            self._kill_a_machine()
        self._ledger.ran(machines_seen(self._site))
        daemon.kill()
        self._interrupted |= set(self._building())
        self.report.kills += 1
        self._site.revive()
        self.report.ready_s.append(self._site.started[-1])

    def _kill_a_machine(self) -> None:
        running = list(machines_of(self._site.state_dir))
        if not running:
            return
        pid, arguments = self._chance.choice(running)
        instance_id = arguments[arguments.index("-uuid") + 1]
        self._ledger.died.add(instance_id)
        self._ledger.lives.pop(instance_id, None)
        os.kill(pid, signal.SIGKILL)
        self.report.machines_killed += 1

    def _building(self) -> list[str]:
        """Return the builds that the death has interrupted."""
        views, _ = self._site.look_into_database(["instances"])
        return [row["id"] for row in views["instances"] if row["status"] == "BUILD"]

    def _audit(self) -> None:
        """Wait until all has settled, then look."""
        restarted_at = self._site.restarted_at or 0.0
        try:
            wait_for("everything settles", self._has_settled, SETTLE_TIMEOUT_S)
        except GaveUp as stuck:
            self.report.violations.append(Violation("T_resume", "storm", str(stuck)))
        self.report.settle_s.append(time.monotonic() - restarted_at)
        seen, found = audit(self._site, self._cloud, self._ledger)
        self.report.audits += 1
        self.report.violations += [*found, *own_audit(self._cloud)]
        self._count(seen)

    def _has_settled(self) -> bool:
        return not any(s.status == "BUILD" or s.task_state for s in self._cloud.servers())

    def _count(self, seen: Evidence) -> None:
        """Count how interrupted builds ended, but for those deleted before anybody saw it."""
        active = self._interrupted & self._ledger.active
        due = self._interrupted - active - self._ledger.deleted - self._ledger.died
        ended = [seen.living[id_]["status"] for id_ in due if id_ in seen.living]
        self.report.interrupted += len(active) + len(ended)
        self.report.resumed += len(active) + ended.count("ACTIVE")
        self.report.other_ends.update(
            f"{seen.living[id_]['status']} {seen.servers[id_].fault.message}".strip()
            for id_ in due
            if id_ in seen.servers and seen.living[id_]["status"] != "ACTIVE"
        )
        self._interrupted.clear()

    def _clean_up(self) -> None:
        """Delete everything; nothing may be left."""
        user = User(self._cloud, self._ledger)
        ids = [server.id for server in self._cloud.servers()]
        for server_id in ids:
            user.delete(server_id)
        for server_id in ids:
            if not user.until_gone(server_id):
                self.report.violations.append(Violation("I11", server_id, "does not go"))
        _, found = audit(self._site, self._cloud, self._ledger)
        self.report.audits += 1
        self.report.violations += found
        if self.report.violations and self._site.daemon is not None:
            self.report.last_words = self._site.daemon.log.read_text()[-20000:]


def storm(
    source: Template,
    rounds: int,
    seed: int,
    on_audit: Callable[[StormReport], None] = lambda _: None,
) -> StormReport:
    """Run a storm on a fresh copy of the template."""
    with site_of(source) as site:
        site.start()
        it = Storm(site, seed)
        it.run(it.crowd(source.volumes), rounds, on_audit)
        return it.report
