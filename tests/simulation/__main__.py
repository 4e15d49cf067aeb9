"""Storms from the command line: make simulate [BOOTS=100000] [PROCESSES=2] [SEED=7]."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from multiprocessing import get_context

import structlog

from tests.simulation.ground import Ground
from tests.simulation.storm import Outcome, storm

LOUD, QUIET = 10, 50  # structlog's debug and critical
TELL_EVERY_S = 60.0
COLLECT_EVERY = 20  # storms: what a world leaves is in circles, and looking for them costs


def main() -> int:
    """Run storms, print what came of them, and return 1 when something was violated."""
    wanted = _arguments()
    if wanted.seed is not None:
        return _replay(wanted.seed)
    began = told = time.perf_counter()
    total = Total()
    for outcome in _storms(wanted.first_seed, wanted.processes):
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


def _storms(first_seed: int, processes: int) -> Iterator[Outcome]:
    """Yield what comes of one seed after another, as soon as each is over."""
    if processes == 1:
        yield from _of_one(first_seed, 1)
        return
    context = get_context("spawn")
    outcomes = context.SimpleQueue()
    workers = [
        context.Process(target=_work, args=(first_seed + number, processes, outcomes), daemon=True)
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    try:
        while all(worker.is_alive() for worker in workers):
            yield outcomes.get()
        raise RuntimeError("a process of the simulation has died")
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _work(first_seed: int, step: int, outcomes: object) -> None:
    for outcome in _of_one(first_seed, step):
        outcomes.put(outcome)  # type: ignore[attr-defined]


def _of_one(first_seed: int, step: int) -> Iterator[Outcome]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(QUIET))
    gc.disable()
    with Ground() as ground:
        for number, seed in enumerate(count(first_seed, step)):
            yield storm(seed, ground)
            if number % COLLECT_EVERY == 0:
                gc.collect()


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
