"""Waiting for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE_S = 20.0  # for what takes no time at all on a machine that is not busy
PAUSE_S = 0.005


def eventually(condition: Callable[[], object], timeout_s: float = DEADLINE_S) -> bool:
    """Return True as soon as ``condition`` holds, False when ``timeout_s`` is over."""
    until_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until_s:
            return False
        time.sleep(PAUSE_S)
    return True
