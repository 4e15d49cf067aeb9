"""How quick a restart is: with a thousand instances, and with two hundred builds cut off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.crash.auditor import audit
from tests.crash.cloud import Cloud, Wish
from tests.crash.evidence import Ledger, Violation
from tests.crash.figures import percentile
from tests.crash.site import Site, Template, site_of
from tests.crash.waiting import wait_for

INSTANCES = 1000
BUILDS = 200  # as many as a /24 has room for
BATCH = 200
TIMEOUT_S = 300.0


@dataclass
class RestartReport:
    """What came of it."""

    settle_s: list[float] = field(default_factory=list)  # start to the last of the builds settled
    interrupted: int = 0
    resumed: int = 0
    ready_s: list[float] = field(default_factory=list)  # with INSTANCES, Python's start included
    ready_forked_s: list[float] = field(default_factory=list)  # the daemon's own part of it
    violations: list[Violation] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield the figures, one a line."""
        yield f"interrupted builds now ACTIVE   {self.resumed} of {self.interrupted}"
        settled, ready = percentile(self.settle_s, 99), percentile(self.ready_s, 50)
        own = percentile(self.ready_forked_s, 50)
        kills = len(self.settle_s)
        yield f"{BUILDS} builds settled after       p99 {settled:.2f} s of {kills} kills"
        yield f"ready with {INSTANCES} instances       {ready:.2f} s, {own:.2f} s without imports"
        yield f"violations                      {len(self.violations)}"


def measure(source: Template, rounds: int) -> RestartReport:
    """Measure both, so many times."""
    report = RestartReport()
    with site_of(source) as site:
        site.start()
        cloud, ledger = site.client(), Ledger()
        for number in range(rounds):
            _interrupt(site, cloud, number, report)
        report.violations += audit(site, cloud, ledger)[1]
        for number in range(INSTANCES // BATCH):
            cloud.boot_all(Wish(f"many-{number}", count=BATCH, no_nics=True))
        wait_for("all are settled", lambda: _has_settled(cloud), TIMEOUT_S)
        for _ in range(rounds):
            report.ready_s.append(_restart(site, real=True))
            report.ready_forked_s.append(_restart(site, real=False))
        cloud.close()
    return report


def _interrupt(site: Site, cloud: Cloud, number: int, report: RestartReport) -> None:
    """Kill the daemon with builds of every kind of progress, and see them through."""
    ids = cloud.boot_all(Wish(f"cut-off-{number}", count=BUILDS))
    building = _building(cloud)
    assert site.daemon is not None
    site.daemon.kill()
    began = time.monotonic()
    site.revive()
    wait_for("all are settled", lambda: _has_settled(cloud), TIMEOUT_S)
    report.settle_s.append(time.monotonic() - began)
    ends = {server.id: server.status for server in cloud.servers()}
    report.interrupted += len(building)
    report.resumed += sum(ends[id_] == "ACTIVE" for id_ in building)
    for server_id in ids:
        cloud.delete(server_id)
    wait_for("all are gone", lambda: not list(cloud.servers()), TIMEOUT_S)


def _restart(site: Site, *, real: bool) -> float:
    assert site.daemon is not None
    site.daemon.kill()
    return site.start(real=real)


def _building(cloud: Cloud) -> list[str]:
    return [server.id for server in cloud.servers() if server.status == "BUILD"]


def _has_settled(cloud: Cloud) -> bool:
    return not any(s.status == "BUILD" or s.task_state for s in cloud.servers())
