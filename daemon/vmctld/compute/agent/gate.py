"""Start slots: how many guests of one host may be coming up at once.

Twenty guests started together gave their first login after 123 s on two cores, one after
the other after 4 s.  So a slot is kept until its guest has gone idle, or for 10 s.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

SLOT_KEPT_S = 10.0
LOOK_EVERY_S = 0.25


class StartGate:
    """Hands out slots in the order they were asked for.  ``slots`` None: no limit."""

    def __init__(
        self,
        slots: int | None,
        has_settled: Callable[[str], bool],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slots = slots
        self._has_settled = has_settled
        self._elapsed = elapsed
        self._changed = threading.Condition()
        self._held: dict[str, float] = {}  # instance id: when its guest began to come up
        self._queue: list[str] = []
        self._closed = False

    @property
    def is_full(self) -> bool:
        """True when the next one would have to wait."""
        return self._slots is not None and len(self._held) + len(self._queue) >= self._slots

    def enter(self, instance_id: str) -> bool:
        """Wait for a slot and take it; False when the gate was closed meanwhile."""
        if self._slots is None:
            return True
        with self._changed:
            self._queue.append(instance_id)
            while not self._closed:
                self._let_go_of_settled()
                if self._queue[0] == instance_id and len(self._held) < self._slots:
                    break
                self._changed.wait(LOOK_EVERY_S)
            self._queue.remove(instance_id)
            self._changed.notify_all()
            if self._closed:
                return False
            self._held[instance_id] = float("inf")  # not coming up yet: kept for the build
            return True

    def coming_up(self, instance_id: str) -> None:
        """Its machine runs now: the slot is free when its guest has settled."""
        if self._slots is not None:
            with self._changed:
                self._held[instance_id] = self._elapsed() + SLOT_KEPT_S

    def leave(self, instance_id: str) -> None:
        """Its build is over without a guest: the slot is free at once."""
        if self._slots is not None:
            with self._changed:
                self._held.pop(instance_id, None)
                self._changed.notify_all()

    def close(self) -> None:
        """Let nobody in any more; those who wait are sent away."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _let_go_of_settled(self) -> None:
        now = self._elapsed()
        for instance_id, until in list(self._held.items()):
            if until <= now or (until != float("inf") and self._has_settled(instance_id)):
                del self._held[instance_id]
