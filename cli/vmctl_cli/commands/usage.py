"""``limits``, ``usage``, ``usage-list``: what a project may have, has and used over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output

if TYPE_CHECKING:
    from vmctl_cli.client.usages import Usage

DEFAULT_PERIOD = timedelta(weeks=4)  # nova's
LIMIT_NAMES = {
    "cores": "Cores",
    "instances": "Instances",
    "key_pairs": "Keypairs",
    "metadata_items": "Server Meta",
    "ram_mib": "RAM",
    "server_group_members": "ServerGroupMembers",
    "server_groups": "ServerGroups",
}
NOT_COUNTED = ("metadata_items", "server_group_members")  # they are limits of one server or group
LIMIT_COLUMNS = (
    Column("Name", "resource", lambda one: LIMIT_NAMES.get(one.resource, one.resource)),
    Column("Used", "used", lambda one: None if one.resource in NOT_COUNTED else str(one.used)),
    Column("Max", "limit"),
)


def _hours(key: str) -> Column:
    names = {"ram_mib_hours": "RAM MiB-Hours", "cpu_hours": "CPU Hours"}
    heading = names.get(key, "Disk GiB-Hours")
    return Column(heading, key, lambda usage: f"{getattr(usage, key):.2f}")


USAGE_COLUMNS = (
    Column("Servers", "servers"),
    _hours("ram_mib_hours"),
    _hours("cpu_hours"),
    _hours("disk_gib_hours"),
)
LIST_COLUMNS = (Column("Tenant ID", "project_id"), *USAGE_COLUMNS)


@command("limits", examples=("vmctl limits", "vmctl limits --tenant web"))
@click.option("--tenant", metavar="PROJECT", default="", help="Another project's; for admins.")
@click.option("--reserved", is_flag=True, help="Accepted; what is claimed counts as used here.")
@pass_output
@pass_client
def limits(client: Client, output: Output, tenant: str, reserved: bool) -> None:
    """Show what a project may have at most, and what it has."""
    found = client.quotas.get(tenant).quotas
    output.table(found, LIMIT_COLUMNS, id_key="resource")


@command(
    "usage",
    examples=("vmctl usage", "vmctl usage --start 2026-01-01 --end 2026-02-01 --tenant web"),
)
@click.option("--start", metavar="DATE", help="From then on; default: four weeks ago.")
@click.option("--end", metavar="DATE", help="Until then; default: the end of today.")
@click.option("--tenant", metavar="PROJECT", default="", help="Another project's; for admins.")
@pass_output
@pass_client
def usage(client: Client, output: Output, start: str | None, end: str | None, tenant: str) -> None:
    """Show what a project's servers used, in hours."""
    began, ended = _period(start, end)
    found = client.usages.get(tenant, began, ended)
    output.say(f"Usage from {began.date()} to {ended.date()}:")
    _show(output, found)


@command("usage-list", examples=("vmctl usage-list --start 2026-01-01 --end 2026-02-01",))
@click.option("--start", metavar="DATE", help="From then on; default: four weeks ago.")
@click.option("--end", metavar="DATE", help="Until then; default: the end of today.")
@pass_output
@pass_client
def usage_list(client: Client, output: Output, start: str | None, end: str | None) -> None:
    """List what the servers of all projects used, in hours."""
    began, ended = _period(start, end)
    found = client.usages.list(began, ended)
    output.say(f"Usage from {began.date()} to {ended.date()}:")
    output.table(found, LIST_COLUMNS, id_key="project_id")


def _period(start: str | None, end: str | None) -> tuple[datetime, datetime]:
    """Return the period that is meant: without words the last four weeks and all of today."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    began = _moment(start) if start else today - DEFAULT_PERIOD
    ended = _moment(end) if end else today + timedelta(days=1)
    if ended <= began:
        raise invalid("the period ends before it begins", hint="--start is the earlier date")
    return began, ended


def _moment(text: str) -> datetime:
    """Return a date or a time, in UTC unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"'{text}' is no date", hint="for instance 2026-01-31") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _show(output: Output, found: Usage) -> None:
    """Print one project's use: nova's table of one row, or one object."""
    if output.format == "table" and not output.quiet:
        output.table([found], USAGE_COLUMNS)
    else:
        output.one(found, USAGE_COLUMNS, id_key="project_id")
