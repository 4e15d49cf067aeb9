"""How long no sign-in is tried after some failed: long enough to make guessing hopeless."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from vmctld.errors import Unauthenticated

FREE_FAILURES = 4  # people mistype; the fifth in a row locks
FIRST_LOCK_S = 60
LONGEST_LOCK_S = 3600
REMEMBERED_NAMES = 1000


def locked_until(failures: int, now: datetime) -> datetime | None:
    """Return until when nothing is tried after that many failures in a row; None: try on.

    60 s after the fifth, twice as long after each further one, an hour at most.
    """
    beyond = failures - FREE_FAILURES - 1
    if beyond < 0:
        return None
    doublings = min(beyond, LONGEST_LOCK_S.bit_length())
    return now + timedelta(seconds=min(FIRST_LOCK_S << doublings, LONGEST_LOCK_S))


def refuse_while_locked(until: datetime | None, now: datetime) -> None:
    """Raise Unauthenticated (``sign-in-locked``) when ``until`` is still to come."""
    if until is None or until <= now:
        return
    raise Unauthenticated(
        f"too many failed sign-ins: the next one is possible after {until:%Y-%m-%d %H:%M:%S} UTC",
        code="sign-in-locked",
        hint="wait until then; an admin can set a new password, which ends the wait",
        facts={
            "locked_until": until.isoformat(timespec="seconds"),
            "retry_after_s": int((until - now).total_seconds()) + 1,
        },
    )


class StrangerNames:
    """Failures of names that nobody has, so that a lockout does not tell who exists.

    In memory and of the latest names only: there is nothing behind them to protect.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, tuple[int, datetime | None]] = OrderedDict()

    def locked_until(self, name: str) -> datetime | None:
        """Return until when sign-ins of that name are refused."""
        with self._lock:
            return self._failures.get(name, (0, None))[1]

    def record_failure(self, name: str, now: datetime) -> None:
        """Count one more failure."""
        with self._lock:
            failures = self._failures.pop(name, (0, None))[0] + 1
            self._failures[name] = (failures, locked_until(failures, now))
            if len(self._failures) > REMEMBERED_NAMES:
                self._failures.popitem(last=False)
