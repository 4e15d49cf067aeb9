"""What a process counts for its operators, wherever it happens; nothing, unless they ask.

Whoever counts calls ``current()``, as whoever logs calls the logger.  Where metrics are off
that is a do-nothing of 0.1 microseconds, and the library for them is never imported.
"""

from __future__ import annotations

from typing import Protocol


class Metrics(Protocol):
    """What is counted, in the words of what happens."""

    def boot_ended(self, outcome: str, code: str = "") -> None:
        """A boot has come to its end: active, or error with the fault's code."""
        ...

    def step_took(self, number: int, action: str, duration_s: float) -> None:
        """One of the 28 steps was traced."""
        ...

    def claim_retried(self) -> None:
        """A host had no room left when it was to be claimed."""
        ...

    def call_ended(self, method: str, code: str, duration_s: float) -> None:
        """A call was answered, or a stream is over; ``code`` is its gRPC status."""
        ...


class Nothing:
    """Counts nothing."""

    def boot_ended(self, outcome: str, code: str = "") -> None:
        """Do nothing."""

    def step_took(self, number: int, action: str, duration_s: float) -> None:
        """Do nothing."""

    def claim_retried(self) -> None:
        """Do nothing."""

    def call_ended(self, method: str, code: str, duration_s: float) -> None:
        """Do nothing."""


_current: Metrics = Nothing()


def current() -> Metrics:
    """Return what counts in this process."""
    return _current


def use(metrics: Metrics) -> None:
    """Have ``metrics`` count from now on, in the whole process."""
    global _current
    _current = metrics
