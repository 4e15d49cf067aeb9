"""Looks at something again and again, on a thread of its own: when told, and when not."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from vmctld.errors import VmctlError

log = structlog.get_logger(__name__)

AGAIN_S = 2.0  # after a failure


class Lookout:
    """Calls ``look`` when nudged, every ``every_s`` without that, and soon again when it fails.

    ``first`` is done once before all, even if nothing can be looked at yet.
    """

    def __init__(
        self,
        name: str,
        look: Callable[[], None],
        every_s: float,
        *,
        first: Callable[[], object] | None = None,
    ) -> None:
        self._name = name
        self._look = look
        self._every_s = every_s
        self._first = first
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._go, name=name, daemon=True)

    def start(self) -> None:
        """Look at once, and go on looking."""
        self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """End after the look that is under way; what it led to stays."""
        self._stopping = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def nudge(self) -> None:
        """Look soon: something has changed."""
        self._wake.set()

    def _go(self) -> None:
        if self._first is not None:
            self._went_well(self._first)
        pause_s = AGAIN_S
        while not self._stopping:
            self._wake.wait(pause_s)
            self._wake.clear()
            if not self._stopping:
                pause_s = self._every_s if self._went_well(self._look) else AGAIN_S

    def _went_well(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except VmctlError as error:
            log.warning("a look failed", name=self._name, why=error.message)
            return False
        except Exception:  # what was done before stays, and the next look may find more luck
            log.exception("a look failed", name=self._name)
            return False
        return True
