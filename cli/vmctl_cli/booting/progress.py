"""What a user sees while a server is being built: nova's line, or the steps themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from vmctl_cli.booting.steps import step_line
from vmctl_cli.streams import error_is_terminal, write_error

if TYPE_CHECKING:
    from vmctl_cli.client.traces import Step, Watched

STEPS = 28


class FreshSteps:
    """Picks the steps that were not seen before: a stream taken up again repeats them."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()

    def of(self, watched: Watched) -> list[Step]:
        """Return the steps in ``watched`` that are new, in order."""
        fresh = [step for step in watched.steps if (step.attempt, step.number) not in self._seen]
        self._seen.update((step.attempt, step.number) for step in fresh)
        return fresh


class View(Protocol):
    """Shows what a watched server does."""

    def begin(self) -> None:
        """Show that nothing is done yet."""
        ...

    def saw(self, watched: Watched) -> None:
        """Show what is new."""
        ...

    def end(self, *, well: bool | None) -> None:
        """Say how it ended; None when it goes on, and only the wait is over."""
        ...


class Silence:
    """Shows nothing."""

    def begin(self) -> None:
        """Show nothing."""

    def saw(self, watched: Watched) -> None:
        """Show nothing."""

    def end(self, *, well: bool | None) -> None:
        """Show nothing."""


class ProgressLine:
    """``Server building... N% complete``: one line that changes, or two where none can."""

    def __init__(self) -> None:
        self._shown = -1
        self._changes = error_is_terminal()

    def begin(self) -> None:
        """Show that nothing is done yet."""
        write_error("\n")
        self._show(0)

    def saw(self, watched: Watched) -> None:
        """Show how many of the 28 steps are done, if the line can change."""
        furthest = max((step.number for step in watched.steps), default=0)
        percent = min(furthest * 100 // STEPS, 99)
        if self._changes and percent > self._shown:
            self._show(percent)

    def end(self, *, well: bool | None) -> None:
        """Say how it ended; None when it goes on, and only the wait is over."""
        if well:
            self._show(100)
        write_error(("\n" if self._changes else "") + _ENDS[well])

    def _show(self, percent: int) -> None:
        self._shown = percent
        line = f"Server building... {percent}% complete"
        write_error(f"\r{line}" if self._changes else f"{line}\n")


_ENDS = {True: "Finished\n", False: "Error building server\n", None: ""}


class StepLines:
    """Every step on a line of its own, as it ends."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._fresh = FreshSteps()
        self._attempt = 1

    def begin(self) -> None:
        """Nothing has happened yet."""

    def saw(self, watched: Watched) -> None:
        """Show the steps that are new."""
        for step in self._fresh.of(watched):
            if step.attempt != self._attempt:
                self._attempt = step.attempt
                self._write(f"attempt {step.attempt}, on another host:\n")
            self._write(step_line(step) + "\n")

    def end(self, *, well: bool | None) -> None:
        """Nothing to add: the last step said it."""
