"""Boot and delete, thousands of times: nothing is left, and memory does not grow."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.crash.auditor import audit
from tests.crash.client import User
from tests.crash.cloud import Wish
from tests.crash.evidence import Ledger, Violation
from tests.crash.site import Site, Template, site_of

WORKERS = 6
WARM_AFTER = 2000  # cycles: caches are full by then
GROWTH_AT_MOST = 0.05
TELL_EVERY = 1000


@dataclass
class SoakReport:
    """What came of it."""

    cycles: int = 0
    not_active: int = 0
    rss_kib: dict[int, int] = field(default_factory=dict)  # after so many cycles
    violations: list[Violation] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """How much more memory there was at the end than when it was warm."""
        warm = self.rss_kib[min(self.rss_kib)]
        return self.rss_kib[max(self.rss_kib)] / warm - 1

    def lines(self) -> Iterator[str]:
        """Yield the figures, one a line."""
        warm, end = min(self.rss_kib), max(self.rss_kib)
        yield f"boot and delete cycles          {self.cycles}"
        yield f"not ACTIVE                      {self.not_active}"
        yield f"violations                      {len(self.violations)}"
        yield f"memory after {warm:<6} cycles      {self.rss_kib[warm] / 1024:.1f} MiB"
        yield f"memory after {end:<6} cycles      {self.rss_kib[end] / 1024:.1f} MiB"
        yield f"growth                          {self.growth:.1%}"


class Soak:
    """One run on one site."""

    def __init__(self, site: Site, cycles: int, tell: Callable[[str], None]) -> None:
        self._site = site
        self._cycles = cycles
        self._tell = tell
        self._ledger = Ledger()
        self._guard = threading.Lock()
        self._tickets = itertools.count(1)
        self._warm_after = min(WARM_AFTER, max(cycles // 10, 1))
        self.report = SoakReport()

    def run(self) -> SoakReport:
        """Do all cycles, then look."""
        with ThreadPoolExecutor(WORKERS) as pool:
            for worker in [pool.submit(self._work) for _ in range(WORKERS)]:
                worker.result()
        self._weigh(self._cycles)
        cloud = self._site.client()
        _, self.report.violations = audit(self._site, cloud, self._ledger)
        cloud.close()
        return self.report

    def _work(self) -> None:
        user = User(self._site.client(), Ledger())
        while next(self._tickets) <= self._cycles:
            server_id = user.boot(Wish(f"soak-{uuid.uuid4()}"))
            end = user.until_settled(server_id)
            user.delete(server_id)
            is_gone = user.until_gone(server_id)
            self._count(end == "ACTIVE" and is_gone)
        user.cloud.close()

    def _count(self, is_well: bool) -> None:
        with self._guard:
            self.report.cycles += 1
            self.report.not_active += not is_well
            cycles = self.report.cycles
            if cycles == self._warm_after:
                self._weigh(cycles)
        if cycles % TELL_EVERY == 0 and self._site.daemon is not None:
            self._tell(f"{cycles} cycles, {self._site.daemon.rss_kib / 1024:.1f} MiB")

    def _weigh(self, cycles: int) -> None:
        assert self._site.daemon is not None
        self.report.rss_kib[cycles] = self._site.daemon.rss_kib


def soak(source: Template, cycles: int, tell: Callable[[str], None]) -> SoakReport:
    """Boot and delete so many times on a fresh copy of the template, with the real command."""
    with site_of(source) as site:
        site.start(real=True)
        return Soak(site, cycles, tell).run()
