"""``list`` and ``show``: what servers there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.refused import refuses
from vmctl_cli.commands.server_columns import LIST_COLUMNS, TENANT_COLUMN, rows_of
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import titled
from vmctl_cli.output.records import keys_of, value_of

if TYPE_CHECKING:
    from vmctl_cli.client.server_records import Server

SORT_ALIASES = {"created": "created_at", "updated": "updated_at", "display_name": "name"}

all_tenants_option = click.option(
    "--all-tenants",
    is_flag=False,
    flag_value="1",
    default="0",
    metavar="[0|1]",
    help="Of all projects; for admins.",
)


@command(
    "list",
    examples=(
        "vmctl list",
        "vmctl list --status ACTIVE --sort created_at:desc",
        "vmctl list -f json | jq -r '.[].id'",
    ),
)
@all_tenants_option
@click.option("--status", metavar="STATUS", default="", help="Only in this status, e.g. ACTIVE.")
@click.option("--name", metavar="TEXT", default="", help="Only whose name contains this.")
@click.option("--host", metavar="HOST", default="", help="Only on this host; for admins.")
@click.option("--deleted", is_flag=True, help="The deleted ones too; for admins.")
@click.option("--reservation-id", metavar="ID", default="", help="Only of this reservation.")
@click.option("--minimal", is_flag=True, help="Show ids and names only.")
@click.option("--fields", metavar="FIELDS", help="Show these fields, separated by commas.")
@click.option("--sort", metavar="KEY[:asc|desc],...", help="Sort by these; the default is name.")
@click.option("--marker", metavar="ID", default="", help="Begin after this server.")
@click.option("--limit", type=int, metavar="N", help="At most so many, the newest; -1 for all.")
@refuses(
    *("--ip", "--ip6", "--flavor", "--image", "--tenant", "--user", "--availability-zone"),
    *("--key-name", "--progress", "--vm-state", "--task-state", "--power-state"),
    *("--changes-since", "--changes-before", "--tags", "--tags-any", "--not-tags"),
    *("--not-tags-any", "--locked"),
    flags=("--config-drive", "--no-config-drive"),
)
@pass_output
@pass_client
def list_servers(
    client: Client,
    output: Output,
    all_tenants: str,
    minimal: bool,
    fields: str | None,
    sort: str | None,
    marker: str,
    limit: int | None,
    **wanted: Any,
) -> None:
    """List servers."""
    from vmctl_cli.client.servers import ServerFilter

    everyone = _truth(all_tenants)
    found = client.servers.list(
        ServerFilter(all_projects=everyone, **wanted),
        limit=limit if limit is not None and limit >= 0 else None,
        marker=marker,
    )
    servers = sorted_by(list(found), sort)
    output.table(servers, _columns(servers, minimal=minimal, fields=fields, everyone=everyone))


@command("show", examples=("vmctl show web1", "vmctl show web1 -f value -c status"))
@click.option("--minimal", is_flag=True, help="Accepted for nova's sake; shows the same.")
@click.argument("server")
@refuses("--wrap")
@pass_output
@pass_client
def show(client: Client, output: Output, server: str, minimal: bool) -> None:
    """Show one server."""
    found = client.servers.get(server)
    output.one(found, rows_of(found))


def sorted_by(servers: list[Server], keys: str | None) -> list[Server]:
    """Return the servers sorted as ``KEY[:asc|desc],...`` says; by name when it is None."""
    if keys is None:
        return sorted(servers, key=lambda server: server.name)
    for part in reversed(keys.split(",")):
        key, _, direction = part.strip().partition(":")
        key = SORT_ALIASES.get(key, key)
        if direction not in ("", "asc", "desc"):
            raise invalid(f"{direction!r} is no direction to sort in: asc and desc are")
        if servers and key not in keys_of(servers[0]):
            raise invalid(f"servers cannot be sorted by {key!r}", hint=_fields_hint(servers))
        servers = sorted(
            servers, key=lambda server: _sort_key(server, key), reverse=direction != "asc"
        )
    return servers


def _columns(
    servers: Sequence[Server], *, minimal: bool, fields: str | None, everyone: bool
) -> Sequence[Column]:
    id_column, name_column, *others = LIST_COLUMNS
    if minimal:
        return (id_column, name_column)
    if fields is not None:
        return (id_column, *_field_columns(servers, fields))
    if everyone:
        return (id_column, name_column, TENANT_COLUMN, *others)
    return LIST_COLUMNS


def _field_columns(servers: Sequence[Server], fields: str) -> list[Column]:
    """Return one column for each named field; headings of the usual list are understood."""
    usual = {column.heading.lower().replace(" ", "_"): column for column in LIST_COLUMNS}
    keys = [part.strip().lower().replace(" ", "_") for part in fields.split(",") if part.strip()]
    known = keys_of(servers[0]) if servers else keys
    unknown = [key for key in keys if key not in known and key not in usual]
    if unknown:
        raise invalid(
            f"Non-existent fields are specified: {unknown}",
            code="unknown-column",
            hint=_fields_hint(servers),
        )
    return [usual.get(key) or Column(titled(key), key) for key in keys if key != "id"]


def _fields_hint(servers: Sequence[Server]) -> str:
    return "the fields are: " + ", ".join(keys_of(servers[0]))


def _sort_key(server: Server, key: str) -> tuple[bool, str | int]:
    value = value_of(server, key)
    return (value is not None, value if isinstance(value, str | int) else str(value))


def _truth(value: str) -> bool:
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("0", "false", "no", "off", ""):
        return False
    raise invalid(f"--all-tenants takes 0 or 1, not {value!r}")
