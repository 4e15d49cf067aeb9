"""``make crash``: what is asked for in the environment, or all of it in a small form.

CELLS    failpoints, or patterns of them: these cells of the kill matrix
STRIKES  so many lives of the daemon in a row fail there, not only the first
ROUNDS   so many random kills, with SEED
SOAK     so many cycles of boot and delete
RESTARTS so many restarts, timed
DRIVER   fake or qemu; split: fake, in four processes, on RabbitMQ and PostgreSQL
VERBOSE  every cell, cells without meaning with their reasons, the daemon's last words
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Iterable

from tests.crash import matrix, restart
from tests.crash.site import template
from tests.crash.soak import GROWTH_AT_MOST, soak
from tests.crash.storm import StormReport, storm
from tests.crash.trial import Outcome
from vmctld.errors import InvalidRequest

FOUND = 10  # the exit code of what looked and found something wrong
DEFAULT_ROUNDS = 100
DEFAULT_RESTARTS = 3


def main() -> int:
    """Run what is asked for; 0 if nothing is wrong, 10 if something is."""
    asked = os.environ.get
    driver, verbose = asked("DRIVER") or "fake", bool(asked("VERBOSE"))
    is_open = not any(asked(name) for name in ("CELLS", "ROUNDS", "SOAK", "RESTARTS"))
    bad = False
    if is_open or asked("CELLS"):
        bad |= _cells(asked("CELLS") or "", driver, verbose)
    if is_open or asked("ROUNDS"):
        seed = int(asked("SEED") or random.SystemRandom().randrange(10**6))
        bad |= _storm(int(asked("ROUNDS") or DEFAULT_ROUNDS), seed, driver, verbose)
    if is_open or asked("RESTARTS"):
        bad |= _restarts(int(asked("RESTARTS") or DEFAULT_RESTARTS))
    if asked("SOAK"):
        bad |= _soak(int(asked("SOAK") or 0))
    return FOUND if bad else 0


def _cells(pattern: str, driver: str, verbose: bool) -> bool:
    def tell(outcome: Outcome) -> None:
        if outcome.failed:
            _tell_failure(outcome, driver, verbose)
        elif verbose:
            print(f"ok    {outcome.spec}  {outcome.end}, {outcome.took_s:.1f} s", flush=True)

    strikes = int(os.environ.get("STRIKES") or 1)
    summary = matrix.run(matrix.chosen(pattern), driver, tell, strikes=strikes)
    _print("kill matrix", summary.lines(), driver)
    if not pattern:
        _tell_meaningless(verbose)
    return bool(summary.failures)


def _storm(rounds: int, seed: int, driver: str, verbose: bool) -> bool:
    def tell(report: StormReport) -> None:
        if verbose:
            print(f"{report.kills} kills, {report.boots} boots, {len(report.violations)} wrong")

    with template(driver) as source:
        report = storm(source, rounds, seed, tell)
    _print("random kills", report.lines(), driver)
    for violation in report.violations:
        print(f"      {violation}")
    if report.violations:
        print(f"      again: make crash DRIVER={driver} ROUNDS={rounds} SEED={seed}")
        print(report.last_words if verbose else "", flush=True)
    return bool(report.violations)


def _restarts(rounds: int) -> bool:
    with template("fake") as source:
        report = restart.measure(source, rounds)
    _print("restarts", report.lines(), "fake")
    for violation in report.violations:
        print(f"      {violation}")
    return bool(report.violations)


def _soak(cycles: int) -> bool:
    with template("fake") as source:
        report = soak(source, cycles, lambda words: print(words, flush=True))
    _print("soak", report.lines(), "fake")
    for violation in report.violations:
        print(f"      {violation}")
    return bool(report.violations or report.not_active or report.growth > GROWTH_AT_MOST)


def _print(title: str, lines: Iterable[str], driver: str) -> None:
    print(f"\n{title}, {driver} driver")
    for line in lines:
        print(f"  {line}")
    sys.stdout.flush()


def _tell_failure(outcome: Outcome, driver: str, verbose: bool) -> None:
    print(f"FAIL  {outcome.spec}  {outcome.end}, {outcome.took_s:.1f} s")
    for violation in outcome.violations:
        print(f"      {violation}")
    print(f'      again: make crash DRIVER={driver} CELLS="{outcome.spec}"', flush=True)
    if verbose:
        print(outcome.last_words, flush=True)


def _tell_meaningless(verbose: bool) -> None:
    idle = matrix.without_meaning()
    print(f"  cells without meaning           {len(idle)}")
    for reason, count in Counter(cell.reason for cell in idle).most_common():
        print(f"    {count:5}  {reason}")
    if verbose:
        for cell in idle:
            print(f"           {cell.spec}: {cell.reason}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except InvalidRequest as error:
        sys.exit(f"{error.message}: {error.hint}")
