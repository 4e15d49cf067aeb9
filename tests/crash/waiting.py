"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_S = 0.02


class GaveUp(Exception):
    """Something did not happen in its time."""


def wait_for(what: str, look: Callable[[], T | None], timeout_s: float) -> T:
    """Return the first answer of ``look`` that is neither None nor False.

    Raises GaveUp, naming ``what``.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        if time.monotonic() >= deadline:
            raise GaveUp(f"{what}: not within {timeout_s:g} s")
        time.sleep(PAUSE_S)
