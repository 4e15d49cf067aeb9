"""What operators are told: what belongs to nothing alive, and whether the installation is sound."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter: a message that nobody will try again by itself."""

    id: str
    died_at: datetime
    address: str  # the queue that it lay in
    message: str  # the message's class; Unreadable: it was none of ours
    instance_id: str | None  # whom it was about
    request_id: str
    code: str  # of the error that ended it
    reason: str
    body: str | None = field(default=None, repr=False)  # to send again; None: cannot be
