"""Keeps the daemon's threads on one core, where the interpreter's lock puts them anyway.

Only one thread runs Python at a time.  Spread over cores, the lock travels with every
statement that lets go of it: the next thread is woken elsewhere, the last one sleeps, and a
boot pays 200 switches for it.  On one core it pays 75 and two thirds of the CPU time
(measured).  What the daemon starts may use every core.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY_S = 10.0
CROWDED = 0.25  # of a core: so much quieter another one must be to be worth the move
STAT = Path("/proc/stat")
TASKS = Path("/proc/self/task")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Look:
    """What every core, and this process, had done at a moment, in seconds."""

    at_s: float
    own_s: float
    busy_s: Mapping[int, float]

    @classmethod
    def now(cls) -> Look:
        """Look at them now."""
        return cls(time.monotonic(), time.process_time(), busy_seconds(STAT.read_text()))


class Cores:
    """The cores that this process may use, and the one that it keeps to."""

    def __init__(self) -> None:
        self._allowed: frozenset[int] = frozenset()
        self._home: int | None = None
        self._last = Look(0.0, 0.0, {})

    def settle(self) -> None:
        """Keep to one core from now on; call it before the first thread starts.

        Daemons that start together spread by their process ids.
        """
        self._allowed = frozenset(os.sched_getaffinity(0))
        if len(self._allowed) > 1:
            home = sorted(self._allowed)[os.getpid() % len(self._allowed)]
            self._home = home
            self._last = Look.now()
            _keep(0, {home})

    @contextmanager
    def roaming(self) -> Iterator[None]:
        """Start a program in here: it inherits its starter's cores, and gets all of them."""
        if self._home is None:
            yield
            return
        _keep(0, self._allowed)
        try:
            yield
        finally:
            _keep(0, {self._home})

    def move_if_crowded(self) -> None:
        """Go to the quietest core if others have used ours since the last look."""
        if self._home is None:
            return
        before, self._last = self._last, Look.now()
        home = quieter_core(before, self._last, self._home, self._allowed)
        if home is None:
            return
        self._home = home
        for task in TASKS.iterdir():
            _keep(int(task.name), {home})


def busy_seconds(stat: str) -> dict[int, float]:
    """Return how long each core has been busy, from the text of ``/proc/stat``."""
    busy = {}
    for line in stat.splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name != "cpu":
            user, nice, system, _idle, _waiting, irq, softirq, stolen = map(int, fields[:8])
            ticks = user + nice + system + irq + softirq + stolen
            busy[int(name.removeprefix("cpu"))] = ticks / TICKS_PER_S
    return busy


def quieter_core(before: Look, after: Look, home: int, allowed: frozenset[int]) -> int | None:
    """Return the core to move to, or None when home is as good as any."""
    took_s = after.at_s - before.at_s
    used_s = {
        core: after.busy_s[core] - before.busy_s[core]
        for core in allowed & after.busy_s.keys() & before.busy_s.keys()
    }
    if home not in used_s:
        return None
    used_s[home] -= after.own_s - before.own_s
    quietest = min(used_s, key=lambda core: (used_s[core], core))
    return quietest if used_s[home] - used_s[quietest] > CROWDED * took_s else None


def _keep(thread: int, cores: Set[int]) -> None:
    with suppress(OSError):  # it has ended, or the machine took the core away: run anywhere
        os.sched_setaffinity(thread, cores)


CORES = Cores()
