"""Several things in one command: all are tried, each failure is told, the highest code counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vmctl_cli.errors import CliError, SeveralFailed, render
from vmctl_cli.streams import write_error


class Reports:
    """Collects failures; the last word of a command that does several things."""

    def __init__(self, output_format: str) -> None:
        self._format = output_format
        self._failures: list[CliError] = []

    def add(self, failure: CliError) -> None:
        """Remember one failure, to be told at the end."""
        self._failures.append(failure)

    def done(self) -> None:
        """Tell all failures; raises what ends the command if there were any."""
        for failure in self._failures:
            write_error(render(failure, self._format))
        if self._failures:
            raise SeveralFailed(max(failure.exit_code for failure in self._failures))


def for_each(names: Iterable[str], do: Callable[[str], None], output_format: str) -> None:
    """Do something with every name, in order; failures are told as they come."""
    worst = 0
    for name in dict.fromkeys(names):
        try:
            do(name)
        except CliError as failure:
            write_error(render(failure, output_format))
            worst = max(worst, failure.exit_code)
    if worst:
        raise SeveralFailed(worst)
