from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from vmctld.app.patience import Patience, Stopped
from vmctld.errors import Forbidden, TimedOut, Unavailable

AWAY = Unavailable("nobody is there", code="away", hint="Start it.")


class _Stopping(threading.Event):
    """Nobody waits; set after so many waits."""

    def __init__(self, after: int = 100) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self._after = after

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout or 0.0)
        return len(self.pauses) >= self._after


def _failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def test_what_is_away_is_waited_for_with_growing_pauses() -> None:
    stopping = _Stopping()

    done = Patience(stopping).until("a thing", _failing(AWAY, TimedOut("slow"), AWAY))

    assert done == "done"
    assert stopping.pauses == [0.2, 0.4, 0.8]


def test_what_is_waited_for_is_said_once_in_a_while_and_known_meanwhile() -> None:
    clock = iter([0.0, 0.0, 0.0, 10.0, 20.0, 31.0, 31.0])
    patience = Patience(_Stopping(), lambda: next(clock))
    seen: list[object] = []
    attempt = _failing(AWAY, AWAY, AWAY, AWAY)

    def looking() -> str:
        seen.append(patience.missing)
        return attempt()

    with capture_logs() as logs:
        patience.until("a thing", looking)

    assert [line["event"] for line in logs] == ["not ready: waits for a thing"] * 2
    assert logs[0]["hint"] == "Start it."
    assert seen == [None, AWAY, AWAY, AWAY, AWAY]
    assert patience.missing is None


def test_what_no_waiting_mends_is_raised_at_once() -> None:
    with pytest.raises(Unavailable):
        Patience(_Stopping()).until("a thing", _failing(AWAY), hopeless={"away"})
    with pytest.raises(Forbidden):
        Patience(_Stopping()).until("a thing", _failing(Forbidden("no")))


def test_a_daemon_that_is_told_to_end_waits_no_more() -> None:
    with pytest.raises(Stopped):
        Patience(_Stopping(after=2)).until("a thing", _failing(*[AWAY] * 5))
