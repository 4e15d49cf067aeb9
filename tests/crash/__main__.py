"""``make crash``: the kill matrix, random kills, or the soak, as the environment says."""

from __future__ import annotations

import os
import sys
from collections import Counter

from tests.crash import matrix
from tests.crash.trial import Outcome


def main() -> int:
    """Run what is asked for; 0 if nothing is wrong, 10 if something is."""
    asked = {name: os.environ.get(name, "") for name in ("CELLS", "ROUNDS", "SEED", "SOAK")}
    driver = os.environ.get("DRIVER") or "fake"
    return _cells(asked["CELLS"], driver)


def _cells(pattern: str, driver: str) -> int:
    verbose = bool(os.environ.get("VERBOSE"))

    def tell(outcome: Outcome) -> None:
        if outcome.failed:
            _tell_failure(outcome, driver)
        elif verbose:
            print(f"ok    {outcome.spec}  {outcome.end}, {outcome.took_s:.1f} s", flush=True)

    summary = matrix.run(matrix.chosen(pattern), driver, tell)
    print(f"\ndriver                          {driver}")
    for line in summary.lines():
        print(line)
    if not pattern:
        _tell_meaningless(verbose)
    return 10 if summary.failures else 0


def _tell_failure(outcome: Outcome, driver: str) -> None:
    print(f"FAIL  {outcome.spec}  {outcome.end}, {outcome.took_s:.1f} s")
    for violation in outcome.violations:
        print(f"      {violation}")
    print(f'      again: make crash DRIVER={driver} CELLS="{outcome.spec}"', flush=True)
    if os.environ.get("VERBOSE"):
        print(outcome.last_words, flush=True)


def _tell_meaningless(verbose: bool) -> None:
    idle = matrix.without_meaning()
    print(f"cells without meaning           {len(idle)}")
    for reason, count in Counter(cell.reason for cell in idle).most_common():
        print(f"  {count:5}  {reason}")
    if verbose:
        for cell in idle:
            print(f"         {cell.spec}: {cell.reason}")


if __name__ == "__main__":
    sys.exit(main())
