"""``trace``, ``explain``, ``console-log``, ``instance-action``: what happened, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vmctl_cli.booting.explanation import tables
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.output import Column, Output, columns
from vmctl_cli.output.columns import time_column
from vmctl_cli.settings import Settings
from vmctl_cli.streams import write
from vmctl_cli.times import time_from, within

if TYPE_CHECKING:
    from vmctl_cli.client.traces import Trace

ACTION_COLUMNS = (
    Column("Action", "action"),
    Column("Request_ID", "request_id"),
    Column("Message", "message"),
    time_column("Start_Time", "started_at"),
    time_column("Updated_At", "updated_at"),
)
ACTION_ROWS = (
    Column("action", "action"),
    Column("instance_uuid", "instance_id"),
    Column("message", "message"),
    Column("project_id", "project_id"),
    Column("request_id", "request_id"),
    time_column("start_time", "started_at"),
    time_column("updated_at", "updated_at"),
    Column("user_id", "user_id"),
)
EVENTS_ROW = Column("events", "events")
EVENT_COLUMNS = (
    Column("Event", "event"),
    Column("Host", "host"),
    time_column("Start_Time", "started_at"),
    time_column("Finish_Time", "finished_at"),
    Column("Result", "result"),
    Column("Details", "details"),
)
VERDICT_COLUMNS = columns("host", "filter", "reason", "weight")
DECISION_ROWS = columns("instance_id", "attempt", "host", "hosts_considered", "remedy", "verdicts")
TRACE_ROWS = columns("instance_id", "request_id", "steps", "attempts")


@command("trace", examples=("vmctl trace web1", "vmctl trace web1 -f json | jq '.steps[27]'"))
@click.argument("server")
@pass_output
@pass_client
def trace(client: Client, output: Output, server: str) -> None:
    """Show the 28 steps of a server's boot, the slowest marked."""
    found = client.servers.trace(server)
    if output.format == "table" and not output.quiet:
        _print_trace(found)
        output.say(f"request {found.request_id}")
    else:
        output.one(found, TRACE_ROWS, id_key="instance_id")


@command(
    "explain",
    examples=("vmctl explain web1", "vmctl explain web1 -f json | jq '.verdicts[0].weights'"),
)
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def explain(client: Client, output: Output, settings: Settings, server: str) -> None:
    """Show why the scheduler chose a server's host, or found none."""
    decision = client.servers.explain(server)
    if output.format != "table" or output.quiet:
        output.one(decision, DECISION_ROWS, id_key="instance_id")
        return
    output.table(decision.verdicts, VERDICT_COLUMNS)
    if not settings.columns:
        write(tables(decision.verdicts))
    chosen = f"host {decision.host} was chosen" if decision.host else "no host fitted"
    output.say(f"{chosen}, of {decision.hosts_considered} looked at (attempt {decision.attempt})")
    if decision.remedy:
        output.say(decision.remedy)


@command("console-log", examples=("vmctl console-log web1", "vmctl console-log --length 20 web1"))
@click.option(
    "--length", type=click.IntRange(min=0, max=2**31 - 1), metavar="N", help="Only the last lines."
)
@click.argument("server")
@pass_output
@pass_client
def console_log(client: Client, output: Output, server: str, length: int | None) -> None:
    """Print what a server wrote to its serial console."""
    if length == 0:
        return
    written = client.servers.console_log(server, lines=length or 0)
    if output.format == "table":
        from vmctl_cli.guest_text import write_guest_bytes

        write_guest_bytes(written)
    else:
        output.one({"output": written.decode(errors="replace")}, columns("output"))


@command(
    "instance-action-list",
    examples=(
        "vmctl instance-action-list web1",
        "vmctl instance-action-list --changes-since 2026-01-02T03:04:05Z --limit 5 web1",
    ),
)
@click.option("--changes-since", metavar="TIME", help="Only touched since, ISO 8601.")
@click.option("--changes-before", metavar="TIME", help="Only touched before, ISO 8601.")
@click.argument("server")
@pass_output
@pass_client
def instance_action_list(
    client: Client,
    output: Output,
    server: str,
    changes_since: str | None,
    changes_before: str | None,
) -> None:
    """List what was asked of a server."""
    since = time_from("changes-since", changes_since)
    before = time_from("changes-before", changes_before)
    found = [
        action
        for action in client.servers.actions(server)
        if within(action.updated_at, since, before)
    ]
    output.table(found, ACTION_COLUMNS, id_key="request_id")
    output.suggest(f"vmctl instance-action {server} REQUEST_ID")


@command(
    "instance-action",
    examples=("vmctl instance-action web1 req-3f0c9d1e-6a43-4f0e-9d5b-2f1f6c9a7b10",),
)
@click.argument("server")
@click.argument("request_id")
@pass_settings
@pass_output
@pass_client
def instance_action(
    client: Client, output: Output, settings: Settings, server: str, request_id: str
) -> None:
    """Show one action and its events."""
    found = client.servers.action(server, request_id)
    if output.format != "table" or output.quiet or settings.columns:
        rows = sorted((*ACTION_ROWS, EVENTS_ROW), key=lambda row: row.heading)
        output.one(found, rows, id_key="request_id")
        return
    output.one(found, ACTION_ROWS, id_key="request_id")
    output.table(found.events, EVENT_COLUMNS, id_key="event")


def _print_trace(found: Trace) -> None:
    """Print the steps as a table: the earlier attempts first, the slowest step marked."""
    from vmctl_cli.booting.steps import milliseconds, what_came_of, who
    from vmctl_cli.output.table import render

    headings = ("Step", "Who", "What", "Time", "", "Detail")
    for number, host, steps in (
        *((attempt.number, attempt.host, attempt.steps) for attempt in found.attempts),
        (len(found.attempts) + 1, None, found.steps),
    ):
        if found.attempts:
            write(f"attempt {number}" + (f" on {host}" if host else "") + "\n")
        slowest = max((step.duration_ms for step in steps), default=0.0)
        rows = [
            (
                str(step.number),
                who(step),
                step.name,
                milliseconds(step.duration_ms).rjust(11),
                "slowest" if step.duration_ms == slowest else "",
                what_came_of(step),
            )
            for step in steps
        ]
        write(render(headings, rows))
