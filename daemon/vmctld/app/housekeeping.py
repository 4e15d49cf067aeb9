"""What the daemon does by the hour, whether or not anybody asks for anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every so often; it may be done once more or once less."""

    name: str
    every_s: float
    do: Callable[[], object]


class Housekeeping:
    """Does chores on one thread, each when its time has come."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._due = [(time.monotonic() + chore.every_s, chore) for chore in chores]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin; the first time of each chore is one interval from now."""
        self._thread.start()

    def stop(self) -> None:
        """End after the chore that is being done."""
        self._stopping.set()
        self._thread.join()

    def _go(self) -> None:
        while self._due:
            self._due.sort(key=lambda due: due[0])
            at_s, chore = self._due[0]
            if self._stopping.wait(max(at_s - time.monotonic(), 0.0)):
                return
            try:
                chore.do()
            except Exception:  # one that fails does not keep the others from being done
                log.exception("a chore failed", chore=chore.name)
            self._due[0] = (time.monotonic() + chore.every_s, chore)
