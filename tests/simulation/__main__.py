"""Storms from the command line: make simulate [BOOTS=100000] [SEED=7]."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

import structlog

from tests.simulation.storm import Outcome, storm

LOUD, QUIET = 10, 50  # structlog's debug and critical


def main() -> int:
    """Run storms, print what came of them, and return 1 when something was violated."""
    wanted = _arguments()
    if wanted.seed is not None:
        return _replay(wanted.seed)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(QUIET))
    began = time.perf_counter()
    boots = crashes = 0
    seed = wanted.first_seed
    ends: Counter[str] = Counter()
    failed: list[Outcome] = []
    while boots < wanted.boots:
        outcome = storm(seed)
        boots, crashes = boots + outcome.boots, crashes + outcome.crashes
        ends.update(outcome.states)
        if outcome.violations:
            failed.append(outcome)
            _print(outcome)
        seed += 1
    took_s = time.perf_counter() - began
    for end, count in ends.most_common():
        print(f"{count:8}  {end}")
    print(
        f"{boots:,} boots in {seed - wanted.first_seed:,} storms with {crashes:,} crashes, "
        f"{boots / took_s:.0f} boots/s, {len(failed)} storms with violations"
    )
    return 1 if failed else 0


def _replay(seed: int) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(LOUD))
    outcome = storm(seed)
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
    parser.add_argument("--first-seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
