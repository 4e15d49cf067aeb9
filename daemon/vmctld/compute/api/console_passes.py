"""Passes to consoles: what a URL's secret opens, kept in memory and by its hash alone."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from vmctld.domain.console import ConsoleKind
from vmctld.domain.identity import Caller
from vmctld.errors import Unauthenticated

LIFETIME_S = 600  # nova's
MAX_OF_ONE_USER = 50  # whoever asks for more loses the oldest
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class ConsolePass:
    """Who asked for which console of which server, and until when it can be opened."""

    kind: ConsoleKind
    instance_id: str
    caller: Caller
    ends_at_s: float  # on the monotonic clock: a wall clock set back revives nothing


class ConsolePasses:
    """The passes that this process has given out.  Thread-safe.

    A pass opens its console as often as its holder likes until it ends: a page that is loaded
    again finds its guest.  The URL leads to the process that made it, so nobody else needs to
    know it, and a daemon that ends takes its passes along.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._passes: dict[str, ConsolePass] = {}  # by SHA-256, oldest first

    def issue(self, kind: ConsoleKind, instance_id: str, caller: Caller) -> str:
        """Return the secret of a fresh pass."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        fresh = ConsolePass(kind, instance_id, caller, self._monotonic() + LIFETIME_S)
        with self._lock:
            self._forget_old(caller.user_id)
            self._passes[_digest(secret)] = fresh
        return secret

    def find(self, secret: str, kind: ConsoleKind) -> ConsolePass:
        """Return what ``secret`` opens.

        It is looked up by its hash, so that how long that takes tells nothing of it.  Raises
        Unauthenticated (``console-pass-invalid``).
        """
        with self._lock:
            found = self._passes.get(_digest(secret))
        if found is None or found.kind is not kind or found.ends_at_s <= self._monotonic():
            raise Unauthenticated(
                "This URL opens no console any more.",
                code="console-pass-invalid",
                hint="Ask for a new one: vmctl get-vnc-console, vmctl get-serial-console.",
            )
        return found

    def _forget_old(self, user_id: str) -> None:
        now = self._monotonic()
        ended = [digest for digest, one in self._passes.items() if one.ends_at_s <= now]
        for digest in ended:
            del self._passes[digest]
        theirs = [digest for digest, one in self._passes.items() if one.caller.user_id == user_id]
        for digest in theirs[: max(0, len(theirs) + 1 - MAX_OF_ONE_USER)]:
            del self._passes[digest]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
