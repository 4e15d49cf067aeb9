"""Every failpoint there is: which point, in which phase, can fail in which way, and why not.

The crash matrix runs over this table; ``vmctld failpoints`` prints it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vmctld.compute import boot
from vmctld.observe.failpoints import Fate, Phase

B, E, R, S = Phase.BEFORE, Phase.AFTER_EFFECT, Phase.AFTER_RECORD, Phase.AFTER_SEND

TASK_PARTS = (
    *("power-off", "power-on", "freeze", "thaw", "save-memory", "load-memory"),
    *("fetch-new-image", "set-aside", "renew-disk", "change-size", "bring-back"),
    *("power-on-again", "insert-rescue-disk", "remove-rescue-disk", "boot-from-it"),
    *("copy-disk", "upload-image", "power-off-to-shelve", "end-machine"),
    *("connect-volume", "plug-volume", "unplug-volume", "disconnect-volume"),
    *("grow-disk", "record-growth"),
    *("allocate-interface", "plug-interface", "unplug-interface", "release-interface"),
)
"""The parts of actions on instances; a test compares them with those that there are."""

ALWAYS = (Fate.KILL, Fate.RAISE, Fate.HANG)
MESSAGE = (Fate.DROP, Fate.DUP)
DATABASE = (Fate.ENOSPC, Fate.BUSY)
DISK = (Fate.ENOSPC,)


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the code that can fail: its phases, and what else than the usual strikes."""

    name: str
    what: str
    phases: tuple[Phase, ...]
    message: bool = False  # a message is sent or taken before its effect
    database: bool = False  # rows are written or read
    disk: bool = False  # files are written


def _step(number: int, *phases: Phase, **kinds: bool) -> Point:
    score = boot.STEPS[number]
    return Point(str(number), f"{score.component}: {score.name}", phases, **kinds)


POINTS = (
    _step(2, B, R, database=True),
    _step(3, B),
    _step(4, B),
    _step(5, E),
    _step(6, B, database=True),
    _step(7, E, R, S, database=True),
    _step(8, B, message=True),
    _step(9, B, message=True),
    _step(10, B, E, database=True),
    _step(11, B, E, R, S, database=True),
    _step(12, B, message=True),
    _step(13, B, E, message=True),
    _step(14, B, E, message=True),
    _step(15, B, message=True),
    _step(16, B, E, R, database=True),
    _step(17, B),
    _step(18, E),
    _step(19, B),
    _step(20, B, E),
    _step(21, E, R, disk=True),
    _step(22, B, database=True),
    _step(23, B, E),
    _step(24, E, R, database=True),
    _step(25, B, database=True),
    _step(26, B, E),
    _step(27, E, R, database=True),
    _step(28, B, E, R, S, disk=True),
    Point("undo:fetch-image", "agent: drop the hold on the image", (B, E)),
    Point("undo:allocate-ports", "agent: release the ports", (B, E), database=True),
    Point("undo:connect-volumes", "agent: release the volumes", (B, E), database=True),
    Point("undo:spawn", "agent: destroy the machine", (B, E)),
    Point("undo:place", "conductor: release the claim", (E, R, S), database=True),
    Point("delete:accept", "api: accept the deletion", (E, R, S), database=True),
    Point("delete:terminate", "conductor: take the deletion", (B, E, R, S), True, True),
    Point("delete:destroy", "agent: take the deletion", (B,), message=True),
    Point("delete:destroy-machine", "agent: end the machine", (B, E)),
    Point("delete:release-ports", "agent: release the ports", (B, E), database=True),
    Point("delete:release-volumes", "agent: release the volumes", (B, E), database=True),
    Point("delete:release-image", "agent: drop the hold on the image", (B, E)),
    Point("delete:report", "agent: nothing is left here", (B,), message=True),
    Point("delete:free", "conductor: free claim and quota", (B, E, R), database=True),
    Point("action:accept", "api: accept an action", (E, R, S), database=True),
    Point("action:dispatch", "conductor: take the action", (B, E, R, S), True, True),
    Point("action:do", "agent: take the action", (B,), message=True),
    *(
        Point(f"{kind}:{part}", f"agent: {undo}{part}", (B, E))
        for part in TASK_PARTS
        for kind, undo in (("action", ""), ("undo", "undo "))
    ),
    Point("action:report", "agent: the action is done", (B,), message=True),
    Point("action:record", "conductor: record its end", (E, R, S), database=True),
)

CLIENTS_OWN = {1: "a step of the client's own"}
REASONS = {
    B: "the step begins with the end of the one before it",
    E: "the step has no effect of its own",
    R: "nothing is recorded at this step",
    S: "nothing is sent at this step",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One square of the crash matrix.  ``reason`` says why it has no meaning, if it has none."""

    point: str
    what: str
    phase: Phase
    fate: Fate
    reason: str = ""

    @property
    def spec(self) -> str:
        """The failpoint that makes it happen."""
        fate = f"{self.fate}=3" if self.fate is Fate.HANG else str(self.fate)
        return f"step={self.point};phase={self.phase};do={fate}"


def cells() -> Iterator[Cell]:
    """Yield all cells, those without meaning included, in the order of the points."""
    for number, why in CLIENTS_OWN.items():
        for phase in Phase:
            for fate in Fate:
                yield Cell(str(number), boot.STEPS[number].name, phase, fate, why)
    for point in POINTS:
        for phase in Phase:
            for fate in Fate:
                yield Cell(point.name, point.what, phase, fate, _why_not(point, phase, fate))


def _why_not(point: Point, phase: Phase, fate: Fate) -> str:
    if phase not in point.phases:
        return REASONS[phase]
    if fate in MESSAGE and not (point.message and phase is Phase.BEFORE):
        return "no message is on its way here"
    if fate is Fate.BUSY and not (point.database and phase in (Phase.BEFORE, Phase.AFTER_EFFECT)):
        return "the database is not asked here"
    if fate is Fate.ENOSPC and not (
        (point.database or point.disk) and phase in (Phase.BEFORE, Phase.AFTER_EFFECT)
    ):
        return "nothing is written here"
    return ""
