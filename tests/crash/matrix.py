"""All cells, or some: chosen by pattern, run by a few threads, summed up."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.crash.figures import percentile
from tests.crash.site import template
from tests.crash.trial import Outcome, try_cell
from vmctld.compute.cells import Cell, cells
from vmctld.observe import failpoints

PARALLEL = 2  # daemons at a time
RESUMED_AT_LEAST = 0.99


def chosen(pattern: str) -> list[str]:
    """Return the failpoints of the cells that ``pattern`` means.

    One or more specs as they are armed, ``*`` patterns of specs included; empty: all.  Raises
    InvalidRequest.
    """
    if not pattern:
        return [cell.spec for cell in cells() if not cell.reason]
    specs = []
    for one in pattern.split():
        matching = [c.spec for c in cells() if not c.reason and fnmatch.fnmatch(c.spec, one)]
        specs += matching or [_readable(one)]
    return specs


def _readable(spec: str) -> str:
    failpoints.arm(spec)
    failpoints.arm("")  # it is not this process that shall fail
    return spec


def without_meaning() -> list[Cell]:
    """Return the cells that have none, with their reasons."""
    return [cell for cell in cells() if cell.reason]


@dataclass(frozen=True)
class Summary:
    """What a run of the matrix came to."""

    outcomes: tuple[Outcome, ...]

    @property
    def failures(self) -> list[Outcome]:
        """The cells that broke something."""
        return [outcome for outcome in self.outcomes if outcome.failed]

    @property
    def resumed(self) -> tuple[int, int]:
        """How many interrupted boots ended ACTIVE, and of how many."""
        due = [outcome for outcome in self.outcomes if outcome.resumes]
        return sum(outcome.end == "ACTIVE" for outcome in due), len(due)

    def lines(self) -> Iterator[str]:
        """Yield the figures, one a line."""
        active, due = self.resumed
        ends = Counter(outcome.end for outcome in self.outcomes)
        settle = [s for outcome in self.outcomes for s in outcome.settle_s]
        violations = sum(len(outcome.violations) for outcome in self.outcomes)
        yield f"cells run                       {len(self.outcomes)}"
        yield f"violations                      {violations}"
        yield f"interrupted boots now ACTIVE    {active} of {due}"
        yield f"all ends                        {', '.join(f'{n} {e}' for e, n in ends.items())}"
        if settle:
            middle, late = percentile(settle, 50), percentile(settle, 99)
            yield f"restart to settled              p50 {middle:.2f} s, p99 {late:.2f} s"


def run(
    specs: Sequence[str],
    driver: str,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
    *,
    strikes: int = 1,
) -> Summary:
    """Run the cells; ``on_outcome`` hears of each as it ends."""
    with template(driver) as source, ThreadPoolExecutor(PARALLEL) as pool:
        outcomes = []
        for outcome in pool.map(lambda spec: try_cell(source, spec, strikes), specs):
            on_outcome(outcome)
            outcomes.append(outcome)
    return Summary(tuple(outcomes))
