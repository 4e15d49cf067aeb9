"""``list``: which servers there are, by all of nova's filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, invocation, pass_client, pass_output
from vmctl_cli.commands.refused import refuses
from vmctl_cli.commands.server_columns import (
    LIST_COLUMNS,
    POWER_STATES,
    TENANT_COLUMN,
    UPDATED_COLUMN,
)
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output
from vmctl_cli.times import time_from

if TYPE_CHECKING:
    from vmctl_cli.client.server_filter import ServerFilter
    from vmctl_cli.client.server_records import ListedServer, Server

PATTERN_SIGNS = frozenset("\\^$.|?*+()[]{}")
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
WATCH_EVERY_S = 2.0

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
        "vmctl list --name '^web-[0-9]+$' --tags blue,prod --fields host,created_at",
        "vmctl list --changes-since 2026-01-02T03:04:05Z",
        "vmctl list --watch",
        "vmctl list -f json | jq -r '.[].id'",
    ),
)
@all_tenants_option
@click.option("--tenant", metavar="PROJECT", default="", help="Of this project; for admins.")
@click.option("--user", metavar="USER", default="", help="Made by this user; for admins.")
@click.option("--status", metavar="STATUS", default="", help="Only in this status, e.g. ACTIVE.")
@click.option("--name", metavar="PATTERN", default="", help="Only whose name this fits in.")
@click.option("--ip", metavar="PATTERN", default="", help="Only with such an IPv4 address.")
@click.option("--ip6", metavar="PATTERN", default="", help="Only with such an IPv6 address.")
@click.option("--flavor", metavar="FLAVOR", default="", help="Only of this flavor.")
@click.option("--image", metavar="IMAGE", default="", help="Only booted from this image.")
@click.option("--host", metavar="HOST", default="", help="Only on this host; for admins.")
@click.option("--availability-zone", metavar="ZONE", default="", help="Only asked for this zone.")
@click.option("--key-name", metavar="KEY", default="", help="Only with this key pair.")
@click.option("--vm-state", metavar="STATE", default="", help="Only in this state, e.g. stopped.")
@click.option("--task-state", metavar="STATE", default="", help="Only where this goes on.")
@click.option("--power-state", metavar="STATE", help="Only so, e.g. Running, or nova's number.")
@click.option("--config-drive/--no-config-drive", default=None, help="Only with one, or without.")
@click.option("--locked", metavar="BOOLEAN", help="Only the locked ones, or the others.")
@click.option("--changes-since", metavar="TIME", help="Only changed since, ISO 8601; deleted, too.")
@click.option("--changes-before", metavar="TIME", help="Only changed before; deleted, too.")
@click.option("--tags", metavar="TAG,...", default="", help="Only with all of these tags.")
@click.option("--tags-any", metavar="TAG,...", default="", help="Only with one of these tags.")
@click.option("--not-tags", metavar="TAG,...", default="", help="Only without all of these.")
@click.option("--not-tags-any", metavar="TAG,...", default="", help="Only without any of these.")
@click.option("--deleted", is_flag=True, help="The deleted ones too; for admins.")
@click.option("--reservation-id", metavar="ID", default="", help="Only of this reservation.")
@click.option("--marker", metavar="ID", default="", help="Begin after this server.")
@click.option("--limit", type=int, metavar="N", help="At most so many, the newest; -1 for all.")
@click.option(
    "--watch",
    is_flag=False,
    flag_value=WATCH_EVERY_S,
    type=click.FloatRange(min=0.1),
    metavar="[SECONDS]",
    help="Show it again and again, every 2 s.",
)
@refuses("--progress")
@pass_output
@pass_client
def list_servers(
    client: Client,
    output: Output,
    marker: str,
    limit: int | None,
    watch: float | None,
    **options: Any,
) -> None:
    """List servers."""
    wanted = filter_from(options)
    columns = _columns(wanted)

    def show() -> None:
        listed = _servers(client, wanted, marker, limit)
        output.table(listed, columns, record="server_records.Server")

    if watch is None:
        show()
    else:
        from vmctl_cli.watching import again_and_again

        again_and_again(show, every_s=watch, timeout_s=invocation().settings.timeout_s)


def _servers(
    client: Client, wanted: ServerFilter, marker: str, limit: int | None
) -> Sequence[Server | ListedServer]:
    """Return the servers, in pages, newest first or as the user sorts them.

    What only a part of their fields is shown of is not asked for all the others.
    """
    most = limit if limit is not None and limit >= 0 else None
    sort = invocation().get("list_sort")
    if not sort:
        if _shows_a_table_only():
            listed = client.servers.list_briefly(wanted, limit=most, marker=marker)
            return sorted(listed, key=lambda server: server.name)
        found = client.servers.list(wanted, limit=most, marker=marker)
        return sorted(found, key=lambda server: server.name)
    from vmctl_cli.client.server_filter import SORTED_BY_THE_DAEMON
    from vmctl_cli.output.arrange import Arrangement, sort_keys

    keys = sort_keys(sort)
    if {key for key, _ in keys} <= SORTED_BY_THE_DAEMON:
        return list(client.servers.list(wanted, limit=most, marker=marker, keys=keys))
    order = Arrangement(sort=sort, marker=marker, limit=most)
    return order.of(list(client.servers.list(wanted)), "id")


def _shows_a_table_only() -> bool:
    """Tell whether nothing is printed but the usual columns, or ids."""
    chosen = invocation().settings.columns or invocation().get("list_fields") is not None
    return not chosen and invocation().output.format not in ("json", "yaml")


def _columns(wanted: ServerFilter) -> Sequence[Column]:
    id_column, name_column, *others = LIST_COLUMNS
    tenants = (TENANT_COLUMN,) if wanted.all_projects or wanted.project else ()
    updates = (UPDATED_COLUMN,) if wanted.changed_since or wanted.changed_before else ()
    return (id_column, name_column, *tenants, *others, *updates)


def filter_from(options: dict[str, Any]) -> ServerFilter:
    """Return which servers the options ask for; raises CliError in nova's words."""
    from vmctl_cli.client.server_filter import ServerFilter

    name = options["name"]
    is_pattern = bool(PATTERN_SIGNS & set(name))  # a plain part of a name is found faster
    typed: dict[str, Any] = {word: options[word] for word in _AS_TYPED}
    typed |= {word: tuple(filter(None, options[word].split(","))) for word in _TAGS}
    return ServerFilter(
        all_projects=_truth("--all-tenants", options["all_tenants"]),
        project=options["tenant"],
        name="" if is_pattern else name,
        name_pattern=name if is_pattern else "",
        ip_pattern=options["ip"],
        ip6_pattern=options["ip6"],
        power_state=_power_state(options["power_state"]),
        locked=None if options["locked"] is None else _truth("--locked", options["locked"]),
        changed_since=time_from("changes-since", options["changes_since"]),
        changed_before=time_from("changes-before", options["changes_before"]),
        **typed,
    )


_AS_TYPED = (
    *("user", "status", "flavor", "image", "host", "availability_zone", "key_name"),
    *("vm_state", "task_state", "config_drive", "deleted", "reservation_id"),
)
_TAGS = ("tags", "tags_any", "not_tags", "not_tags_any")


def _power_state(word: str | None) -> int | None:
    if word is None:
        return None
    for number, name in POWER_STATES.items():
        if word.lower() == name.lower() or word == str(number):
            return number
    raise invalid(
        f"there is no power state {word!r}", hint="one of " + ", ".join(POWER_STATES.values())
    )


def _truth(option: str, value: str) -> bool:
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise invalid(f"{option} takes 0 or 1, not {value!r}")
