"""The scheduler's decisions: every host, every filter, every weight."""

from __future__ import annotations

from dataclasses import dataclass

from vmctl.v1 import compute_pb2 as pb
from vmctl_cli.client.values import or_none


@dataclass(frozen=True, slots=True)
class FilterVerdict:
    """What became of one filter."""

    name: str
    outcome: str  # passed, refused or not-asked
    reason: str | None


@dataclass(frozen=True, slots=True)
class WeigherVerdict:
    """What one weigher gave."""

    name: str
    multiplier: float
    value: float
    weight: float  # both multiplied


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the filters and weighers said of one host."""

    host: str
    filter: str | None  # None: it passed all of them
    reason: str | None
    weight: float
    filters: tuple[FilterVerdict, ...]
    weights: tuple[WeigherVerdict, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of the scheduler."""

    instance_id: str
    attempt: int
    host: str | None
    hosts_considered: int
    remedy: str | None  # the smallest change with which a host would fit
    verdicts: tuple[Verdict, ...]


def decision_from(message: pb.Decision) -> Decision:
    """Return the decision that ``message`` describes."""
    return Decision(
        instance_id=message.instance_id,
        attempt=message.attempt,
        host=or_none(message.host),
        hosts_considered=message.hosts_considered,
        remedy=or_none(message.remedy),
        verdicts=tuple(verdict_from(verdict) for verdict in message.verdicts),
    )


def verdict_from(message: pb.HostVerdict) -> Verdict:
    """Return the verdict that ``message`` describes."""
    return Verdict(
        host=message.host,
        filter=or_none(message.filter),
        reason=or_none(message.reason),
        weight=message.weight,
        filters=tuple(
            FilterVerdict(one.name, one.outcome, or_none(one.reason)) for one in message.filters
        ),
        weights=tuple(
            WeigherVerdict(one.name, one.multiplier, one.value, one.weight)
            for one in message.weights
        ),
    )
