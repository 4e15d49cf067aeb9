"""A clock that stands still until it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """Is a Clock, and by ``monotonic`` the matching monotonic one."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        self.passed_s = 0.0

    def __call__(self) -> datetime:
        """Return the wall clock's time."""
        return self.now

    def monotonic(self) -> float:
        """Return the seconds that have really passed."""
        return self.passed_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        self.passed_s += seconds

    def jump(self, **by: float) -> None:
        """Set the wall clock to another time without any time passing."""
        self.now += timedelta(**by)
