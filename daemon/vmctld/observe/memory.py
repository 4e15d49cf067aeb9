"""Keeps memory in bounds, and its upkeep cheap."""

from __future__ import annotations

import ctypes
import gc

M_ARENA_MAX = -8  # mallopt(3)
ARENAS = 2
YOUNG_OBJECTS = 20_000  # Python's own 700 are a tenth of a boot: the collector ran at every one

_libc = ctypes.CDLL(None)


def bound_arenas() -> None:
    """Have all threads share a few arenas of malloc; before the first thread starts.

    glibc gives each thread its own, up to eight a core, and hardly ever takes one back:
    19 MiB of an idle daemon's 143 (measured).  Other C libraries have no such call.
    """
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)


def calm_collector() -> None:
    """Take what is there for good out of the collector's sight; call it when all is started.

    Frozen objects (modules, classes, compiled statements) are never looked at again.  What the
    start itself needed goes back to the system: 20 MiB, which malloc would keep (measured).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 50)
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
