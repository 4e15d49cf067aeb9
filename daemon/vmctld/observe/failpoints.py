"""Places where a test can make the daemon fail: by kill, error, silence or a full disk.

``step=12;phase=after-effect;do=kill`` arms one; several are separated by commas, and
``;n=2`` waits for the second time.  Points are the numbers of the 28 steps of a boot, or
names for what a boot does not have (``undo:spawn``, ``delete:release-ports``).  Without
``--enable-failpoints`` nothing is armed, and a hit costs one look at an empty dictionary.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum

from vmctld.errors import Exhausted, Internal, InvalidRequest, Unavailable


class Phase(StrEnum):
    """Where in a step the failure strikes."""

    BEFORE = "before"  # nothing is done yet
    AFTER_EFFECT = "after-effect"  # done, and not recorded yet
    AFTER_RECORD = "after-record"  # recorded, and nothing sent yet
    AFTER_SEND = "after-send"  # sent, and not acknowledged yet


class Fate(StrEnum):
    """What strikes."""

    KILL = "kill"
    RAISE = "raise"
    HANG = "hang"
    DROP = "drop"
    DUP = "dup"
    ENOSPC = "enospc"
    BUSY = "busy"


@dataclass(slots=True)
class Armed:
    """One failpoint that waits for its turn."""

    fate: Fate
    seconds: float = 0.0  # of a hang
    turn: int = 1  # strikes at this hit, once
    hits: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def is_due(self) -> bool:
        """Count a hit; True when it is this one that strikes."""
        with self.guard:
            self.hits += 1
            return self.hits == self.turn


_armed: dict[tuple[str, Phase], list[Armed]] = {}


def arm(spec: str) -> None:
    """Arm what ``spec`` says, and nothing else; an empty one disarms all.

    Raises InvalidRequest (``invalid-failpoint``) for what cannot be read.
    """
    _armed.clear()
    for one in filter(None, (part.strip() for part in spec.split(","))):
        point, phase, armed = _parse(one)
        _armed.setdefault((point, phase), []).append(armed)


def hit(point: str, phase: Phase) -> None:
    """Strike here if it is armed: die, raise, or hang and then go on."""
    if not _armed:
        return
    for armed in _due(point, phase):
        _strike(armed, point)


def copies(point: str, phase: Phase) -> int:
    """Return how many copies of a message go on: 1, 0 when it is lost, 2 when it is doubled."""
    if not _armed:
        return 1
    number = 1
    for armed in _due(point, phase):
        if armed.fate is Fate.DROP:
            number = 0
        elif armed.fate is Fate.DUP:
            number = 2
        else:
            _strike(armed, point)
    return number


def _due(point: str, phase: Phase) -> list[Armed]:
    return [armed for armed in _armed.get((point, phase), ()) if armed.is_due()]


def _strike(armed: Armed, point: str) -> None:
    if armed.fate is Fate.KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    elif armed.fate is Fate.HANG:
        time.sleep(armed.seconds)
    elif armed.fate is Fate.ENOSPC:
        raise Exhausted(f"no space left on the device (failpoint {point})", code="disk-full")
    elif armed.fate is Fate.BUSY:
        raise Unavailable(f"the database is locked (failpoint {point})", code="database-locked")
    else:
        raise Internal(f"failpoint {point}", code="failpoint")


def _parse(text: str) -> tuple[str, Phase, Armed]:
    words = dict(_pair(part, text) for part in text.split(";"))
    try:
        fate, _, argument = words["do"].partition("=")
        return (
            words["step"],
            Phase(words["phase"]),
            Armed(Fate(fate), float(argument or 0), int(words.get("n", "1"))),
        )
    except (KeyError, ValueError) as error:
        raise _unreadable(text) from error


def _pair(part: str, text: str) -> tuple[str, str]:
    key, separator, value = part.strip().partition("=")
    if not separator or key not in {"step", "phase", "do", "n", "seed"}:
        raise _unreadable(text)
    return key, value


def _unreadable(text: str) -> InvalidRequest:
    return InvalidRequest(
        f"the failpoint {text!r} cannot be read",
        code="invalid-failpoint",
        hint="step=12;phase=after-effect;do=kill - vmctld failpoints lists them all",
    )
