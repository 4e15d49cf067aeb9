"""What the scheduler decided, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one host: refused by ``filter`` for ``reason``, or weighed."""

    host: str
    filter: str = ""
    reason: str = ""
    weight: float = 0.0
    weights: tuple[float, ...] = ()  # what each weigher gave, in the order of the decision's


@dataclass(frozen=True, slots=True)
class Decision:
    """The host taken for one attempt (None: none fitted) and what spoke for and against."""

    instance_id: str
    attempt: int
    seed: int
    host: str | None
    hosts_considered: int
    verdicts: tuple[Verdict, ...]
    remedy: str
    created_at: datetime
    filters: tuple[str, ...] = ()  # in the order in which each host was asked them
    weighers: tuple[tuple[str, float], ...] = ()  # name and multiplier
