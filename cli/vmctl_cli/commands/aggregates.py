"""``aggregate-*``, ``availability-zone-list``: hosts that belong together, and zones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from vmctl_cli.booting.pairs import pair
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output, columns
from vmctl_cli.output.columns import to_the_second

if TYPE_CHECKING:
    from vmctl_cli.client.aggregates import Aggregate, Zone, ZoneHost

LIST_COLUMNS = (
    Column("Id", "id"),
    Column("Name", "name"),
    Column("Availability Zone", "availability_zone"),
)
SHOW_COLUMNS = (
    *LIST_COLUMNS,
    Column("Hosts", "hosts", lambda one: ", ".join(f"'{host}'" for host in one.hosts)),
    Column("Metadata", "metadata", lambda one: _metadata(one)),
)
ZONE_COLUMNS = (
    Column("Name", "name"),
    Column("Status", "available", lambda one: _status(one)),
)


def _metadata(aggregate: Aggregate) -> str:
    """Return the metadata as nova shows them: the zone is one of them."""
    zone = {"availability_zone": aggregate.availability_zone}
    shown = {**(zone if aggregate.availability_zone else {}), **aggregate.metadata}
    return ", ".join(f"'{key}={shown[key]}'" for key in sorted(shown))


def _status(zone: Zone) -> str:
    return "available" if zone.available else "not available"


@command(
    "aggregate-create",
    examples=("vmctl aggregate-create fast", "vmctl aggregate-create rack1 zone1"),
)
@click.argument("name")
@click.argument("availability_zone", required=False, default="", metavar="[ZONE]")
@pass_output
@pass_client
def aggregate_create(client: Client, output: Output, name: str, availability_zone: str) -> None:
    """Create an aggregate of hosts; with a zone, its hosts make that."""
    made = client.aggregates.create(name, availability_zone)
    _show(output, made)
    output.suggest(f"vmctl aggregate-add-host {made.name} HOST")


@command("aggregate-list", examples=("vmctl aggregate-list",))
@pass_output
@pass_client
def aggregate_list(client: Client, output: Output) -> None:
    """List aggregates."""
    output.table(client.aggregates.list(), LIST_COLUMNS, record="aggregates.Aggregate")


@command("aggregate-show", examples=("vmctl aggregate-show fast",))
@click.argument("aggregate")
@pass_output
@pass_client
def aggregate_show(client: Client, output: Output, aggregate: str) -> None:
    """Show one aggregate, its hosts and metadata."""
    _show(output, client.aggregates.get(aggregate))


@command(
    "aggregate-update",
    examples=("vmctl aggregate-update fast --name faster --availability-zone zone1",),
)
@click.argument("aggregate")
@click.option("--name", metavar="NAME", help="Its new name.")
@click.option("--availability-zone", metavar="ZONE", help="Its new zone; '' takes it away.")
@pass_output
@pass_client
def aggregate_update(
    client: Client,
    output: Output,
    aggregate: str,
    name: str | None,
    availability_zone: str | None,
) -> None:
    """Change an aggregate's name or zone."""
    if name is None and availability_zone is None:
        raise invalid(
            "Either '--name <name>' or '--availability-zone <availability-zone>' must be "
            "specified."  # nova's words
        )
    changed = client.aggregates.update(aggregate, name, availability_zone)
    output.say(f"Aggregate {aggregate} has been successfully updated.")
    _show(output, changed)


@command("aggregate-delete", examples=("vmctl aggregate-delete fast",))
@click.argument("aggregate")
@pass_output
@pass_client
def aggregate_delete(client: Client, output: Output, aggregate: str) -> None:
    """Delete an aggregate, which must have no hosts."""
    client.aggregates.delete(aggregate)
    output.say(f"Aggregate {aggregate} has been successfully deleted.")


@command("aggregate-add-host", examples=("vmctl aggregate-add-host fast $(hostname)",))
@click.argument("aggregate")
@click.argument("host")
@pass_output
@pass_client
def aggregate_add_host(client: Client, output: Output, aggregate: str, host: str) -> None:
    """Put a host into an aggregate, and into its zone."""
    changed = client.aggregates.add_host(aggregate, host)
    output.say(f"Host {host} has been successfully added for aggregate {aggregate}")
    _show(output, changed)


@command("aggregate-remove-host", examples=("vmctl aggregate-remove-host fast $(hostname)",))
@click.argument("aggregate")
@click.argument("host")
@pass_output
@pass_client
def aggregate_remove_host(client: Client, output: Output, aggregate: str, host: str) -> None:
    """Take a host out of an aggregate."""
    changed = client.aggregates.remove_host(aggregate, host)
    output.say(f"Host {host} has been successfully removed from aggregate {aggregate}")
    _show(output, changed)


@command(
    "aggregate-set-metadata",
    examples=(
        "vmctl aggregate-set-metadata fast ssd=true cpu_allocation_ratio=8.0",
        "vmctl aggregate-set-metadata fast ssd",
    ),
)
@click.argument("aggregate")
@click.argument("metadata", nargs=-1, required=True, metavar="KEY=VALUE...")
@pass_output
@pass_client
def aggregate_set_metadata(
    client: Client, output: Output, aggregate: str, metadata: tuple[str, ...]
) -> None:
    """Set an aggregate's metadata; a key alone takes that one away."""
    changed = dict(pair(text) for text in metadata if "=" in text)
    unset = [text for text in metadata if "=" not in text]
    after = client.aggregates.set_metadata(aggregate, changed, unset)
    output.say(f"Metadata has been successfully updated for aggregate {aggregate}.")
    _show(output, after)


@command("availability-zone-list", examples=("vmctl availability-zone-list",))
@pass_output
@pass_client
def availability_zone_list(client: Client, output: Output) -> None:
    """List availability zones; for admins, with their hosts."""
    zones = client.aggregates.zones()
    if output.format == "table" and not output.quiet:
        rows = [row for zone in zones for row in _tree(zone)]
        output.table(rows, columns("name", "status"))
    else:
        output.table(zones, ZONE_COLUMNS, id_key="name")


def _tree(zone: Zone) -> Iterator[dict[str, str]]:
    """Yield the rows of a zone, its hosts below it, as nova draws them."""
    yield {"name": zone.name, "status": _status(zone)}
    for host in zone.hosts:
        yield {"name": f"|- {host.name}", "status": ""}
        yield {"name": "| |- nova-compute", "status": _host_status(host)}


def _host_status(host: ZoneHost) -> str:
    word = "enabled" if host.enabled else "disabled"
    face = ":-)" if host.up else "XXX"
    return f"{word} {face} {to_the_second(host.seen_at) or ''}".rstrip()


def _show(output: Output, aggregate: Aggregate) -> None:
    """Print one aggregate: nova's table of one row, or one object."""
    if output.format == "table" and not output.quiet:
        output.table([aggregate], SHOW_COLUMNS)
    else:
        output.one(aggregate, SHOW_COLUMNS)
