"""One lock a thing, by its name: made when it is wanted and gone when it is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Counted:
    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted_by: int = 0


class KeyedLocks:
    """Locks by name.  A name costs nothing while nobody holds or awaits its lock."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, _Counted] = {}

    @contextmanager
    def hold(self, key: str, timeout_s: float = -1) -> Iterator[None]:
        """Hold the lock of ``key``.  Raises TimeoutError when it is not had in time."""
        with self._guard:
            counted = self._locks.setdefault(key, _Counted())
            counted.wanted_by += 1
        try:
            if not counted.lock.acquire(timeout=timeout_s):
                raise TimeoutError(key)
            try:
                yield
            finally:
                counted.lock.release()
        finally:
            with self._guard:
                counted.wanted_by -= 1
                if not counted.wanted_by:
                    del self._locks[key]
