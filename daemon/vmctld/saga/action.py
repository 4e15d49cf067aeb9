"""What a saga is made of."""

from __future__ import annotations

from typing import Protocol, TypeVar

Context_contra = TypeVar("Context_contra", contravariant=True)


class Action(Protocol[Context_contra]):
    """One thing to do, and how to undo it.

    ``do`` means *make sure*: running it twice changes nothing more.  ``undo`` works whether
    ``do`` finished, stopped half-way or never began, and whether it ran before; what is
    gone already is success.
    """

    name: str

    def do(self, ctx: Context_contra) -> None:
        """Make sure that it is done.  Raises what went wrong."""
        ...

    def undo(self, ctx: Context_contra) -> None:
        """Make sure that nothing of it is left."""
        ...


class Fenced(Exception):
    """The journal refused a boundary: what this saga works for is no longer its own."""


class Overtaken(Fenced):
    """Somebody else has finished this very saga: nothing of it may be undone."""


class SagaFailed(Exception):
    """``action`` raised ``__cause__``; everything was undone except what is in ``stuck``."""

    def __init__(self, action: str, stuck: tuple[str, ...] = ()) -> None:
        super().__init__(f"{action} failed" + (f"; stuck: {', '.join(stuck)}" if stuck else ""))
        self.action = action
        self.stuck = stuck
