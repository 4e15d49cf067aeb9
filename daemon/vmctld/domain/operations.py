"""What operators are told: what belongs to nothing alive, and whether the installation is sound."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that breaks an invariant."""

    invariant: str  # I3 to I16, as ARCHITECTURE.md lists them
    kind: str  # for instance port, allocation, machine, file
    subject: str  # an id, or a path below the state directory
    detail: str  # what is wrong, with numbers
    repaired: bool


class Outcome(StrEnum):
    """How an examination went."""

    OK = "ok"
    WARNING = "warning"  # works, and somebody should look
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one examination of the installation showed."""

    name: str
    outcome: Outcome
    detail: str  # what was seen, with numbers
    remedy: str = ""  # what to do; empty when there is nothing to do
