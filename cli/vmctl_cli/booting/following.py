"""``boot --poll`` and ``boot --trace``: follows the accepted servers to their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from vmctl_cli.booting.progress import ProgressLine, Silence, StepLines, View
from vmctl_cli.booting.readiness import Readiness
from vmctl_cli.booting.waiting import Deadline, Waiter, failed_later
from vmctl_cli.errors import EXIT_FAILED_LATER, CliError
from vmctl_cli.reporting import Reports
from vmctl_cli.streams import error_is_terminal, flush, write, write_error

if TYPE_CHECKING:
    from vmctl_cli.client import Client
    from vmctl_cli.client.server_records import Server
    from vmctl_cli.output import Output


def follow(
    client: Client,
    output: Output,
    servers: Sequence[Server],
    *,
    timeout_s: float | None,
    steps: bool,
    show: Callable[[list[Server]], None],
    goal: str = "active",
) -> None:
    """Wait for all ``servers``, print what became of them, then raise what went wrong.

    ``goal`` is one of ``readiness.GOALS``.
    """
    deadline = Deadline(timeout_s)
    waiter, readiness = Waiter(client, deadline), Readiness(client, goal, deadline)
    reports = Reports(output.format)
    final = []
    for server in servers:
        view = _view(output, steps=steps)
        view.begin()
        last = server
        try:
            last = waiter.until_built(server, view.saw)
            if last.status == "ERROR":
                raise failed_later(last)
            last = readiness.wait(last)
        except CliError as error:
            view.end(well=False if error.exit_code == EXIT_FAILED_LATER else None)
            if error.code == "no-valid-host" and output.format == "table":
                _explain(client, server)
            reports.add(error)
        else:
            view.end(well=True)
        final.append(last)
    show(final)
    reports.done()


def _view(output: Output, *, steps: bool) -> View:
    """Return what the user sees meanwhile.

    Steps go to stdout when they are the data, to stderr beside another format's document.
    """
    if steps:
        beside = output.quiet or output.format != "table"
        return StepLines(write_error if beside else _write_now)
    if output.format == "json" and not error_is_terminal():
        return Silence()  # a script that reads stderr finds one JSON object there, or nothing
    return ProgressLine()


def _write_now(line: str) -> None:
    """Write to stdout without waiting for more: a reader of a pipe sees steps as they end."""
    write(line)
    flush()


def _explain(client: Client, server: Server) -> None:
    """Show each host's reason; the fault is told without it, should that fail."""
    from vmctl_cli.booting.reasons import reasons_table

    try:
        decision = client.servers.explain(server.id)
    except CliError:
        return
    write_error(reasons_table(decision))
