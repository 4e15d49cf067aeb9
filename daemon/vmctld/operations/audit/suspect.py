"""What a check gives, and what a check is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vmctld.operations.audit.world import World
from vmctld.storage.database import Tx


@dataclass(frozen=True, slots=True)
class Suspect:
    """Something that looks wrong in one look at the world.

    ``mend`` runs in the writing transaction that saw the suspect once more; ``afterwards``
    when that has committed, for what takes long or is not in the database.  Both may run
    again.  Neither: only a person can decide what to do.
    """

    kind: str
    subject: str
    detail: str
    mend: Callable[[Tx], None] | None = None
    afterwards: Callable[[], None] | None = None

    @property
    def can_be_mended(self) -> bool:
        """True when the auditor knows a safe way."""
        return self.mend is not None or self.afterwards is not None


@dataclass(frozen=True, slots=True)
class Check:
    """One way in which an invariant may be broken."""

    invariant: str
    look: Callable[[World], Iterable[Suspect]]

    @property
    def name(self) -> str:
        """How the check is called in the log."""
        return self.look.__name__.replace("_", "-")
