"""Metrics that remember what they were told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vmctld.observe import metrics


class Counting:
    """Fills ``metrics.Metrics``."""

    def __init__(self) -> None:
        self.boots: list[tuple[str, str]] = []
        self.steps: list[tuple[int, str, float]] = []
        self.claims_retried = 0
        self.calls: list[tuple[str, str]] = []

    def boot_ended(self, outcome: str, code: str = "") -> None:
        """Remember it."""
        self.boots.append((outcome, code))

    def step_took(self, number: int, action: str, duration_s: float) -> None:
        """Remember it."""
        self.steps.append((number, action, duration_s))

    def claim_retried(self) -> None:
        """Remember it."""
        self.claims_retried += 1

    def call_ended(self, method: str, code: str, duration_s: float) -> None:
        """Remember it."""
        self.calls.append((method, code))


@contextmanager
def counting() -> Iterator[Counting]:
    """Count for the length of a block."""
    counts = Counting()
    metrics.use(counts)
    try:
        yield counts
    finally:
        metrics.use(metrics.Nothing())
