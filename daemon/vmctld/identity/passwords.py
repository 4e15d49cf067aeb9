"""Passwords: hashed with argon2id, never more at once than the machine has cores.

One hash takes 19 MiB and one core for some 30 ms: a setting of OWASP's Password Storage
Cheat Sheet (m=19456, t=2, p=1).  One lane, so that a slot is a core.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vmctld.errors import InvalidRequest, Unavailable
from vmctld.observe.context import shorter_s

MEMORY_KIB = 19_456
TIME_COST = 2
MAX_WAITING = 16  # half of the threads that serve calls: sign-ins never starve the rest
WAIT_S = 10.0
MAX_PASSWORD_BYTES = 1024  # far above any real one; hashing takes time by length


class Passwords:
    """Hashes and verifies, a bounded number at once.  Thread-safe."""

    def __init__(
        self,
        *,
        memory_kib: int = MEMORY_KIB,
        time_cost: int = TIME_COST,
        slots: int | None = None,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        cores = slots or os.cpu_count() or 1
        self._slots = threading.BoundedSemaphore(cores)
        self._admitted = threading.BoundedSemaphore(cores + max_waiting)
        # What a name that nobody has is verified against, so that it takes as long
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the places for hashing; wait for it, but not in a long queue.

        Raises Unavailable (``sign-in-busy``).
        """
        if not self._admitted.acquire(blocking=False):
            raise _busy()
        try:
            if not self._slots.acquire(timeout=shorter_s(WAIT_S)):
                raise _busy()
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._admitted.release()

    def hash(self, password: str) -> str:
        """Return ``password`` as argon2id text, with a salt of its own.  Needs a slot."""
        return self._hasher.hash(check_password(password))

    def verify(self, password: str, stored: str | None) -> bool:
        """Return whether ``password`` is the one of ``stored``.  Needs a slot.

        ``stored`` None, nobody's, takes as long and is False.
        """
        fits_size = len(password.encode(errors="replace")) <= MAX_PASSWORD_BYTES
        try:
            self._hasher.verify(stored or self._nobodys, password if fits_size else "")
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None and fits_size

    def is_outdated(self, stored: str) -> bool:
        """Return whether ``stored`` was made with other settings than today's."""
        return self._hasher.check_needs_rehash(stored)


def check_password(password: str) -> str:
    """Return ``password`` if it can be one.  Raises InvalidRequest, which never shows it."""
    size_bytes = len(password.encode(errors="surrogateescape"))
    if 0 < size_bytes <= MAX_PASSWORD_BYTES:
        return password
    problem = "is empty" if not size_bytes else f"has more than {MAX_PASSWORD_BYTES} bytes"
    raise InvalidRequest(f"the password {problem}", code="invalid-password")


def _busy() -> Unavailable:
    return Unavailable(
        "too many sign-ins at once",
        code="sign-in-busy",
        hint="try again in a few seconds",
    )
