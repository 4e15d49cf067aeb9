"""Storms from the command line: make simulate [BOOTS=100000] [PROCESSES=2] [SEED=7]."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

import structlog

from tests.simulation.ground import Ground
from tests.simulation.season import storms
from tests.simulation.storm import Outcome, storm

LOUD = 10  # structlog's debug
TELL_EVERY_S = 60.0


def main() -> int:
    """Run storms, print what came of them, and return 1 when something was violated."""
    wanted = _arguments()
    if wanted.seed is not None:
        return _replay(wanted.seed)
    began = told = time.perf_counter()
    total = Total()
    for outcome in storms(wanted.first_seed, wanted.processes):
        total.add(outcome)
        if outcome.violations:
            _print(outcome)
        if time.perf_counter() - told > TELL_EVERY_S:
            told = time.perf_counter()
            print(total.line(told - began), flush=True)
        if total.boots >= wanted.boots:
            break
    for end, number in total.ends.most_common():
        print(f"{number:8}  {end}")
    print(total.line(time.perf_counter() - began))
    return 1 if total.failed else 0


class Total:
    """What came of all storms so far."""

    def __init__(self) -> None:
        self.storms = self.boots = self.crashes = self.failed = 0
        self.ends: Counter[str] = Counter()

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.storms += 1
        self.boots += outcome.boots
        self.crashes += outcome.crashes
        self.failed += bool(outcome.violations)
        self.ends.update(outcome.states)

    def line(self, took_s: float) -> str:
        """Return the figures, with the rate."""
        return (
            f"{self.boots:,} boots in {self.storms:,} storms with {self.crashes:,} crashes, "
            f"{self.boots / took_s:.0f} boots/s, {self.failed} storms with violations"
        )


def _replay(seed: int) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(LOUD))
    with Ground() as ground:
        outcome = storm(seed, ground)
    _print(outcome)
    return 1 if outcome.violations else 0


def _print(outcome: Outcome) -> None:
    print(f"make simulate SEED={outcome.seed}: {outcome.boots} boots, {outcome.crashes} crashes")
    for violation in outcome.violations:
        print(f"    {violation}")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this storm alone, with its log")
    parser.add_argument("--boots", type=int, default=2_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
