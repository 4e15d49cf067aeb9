"""``volume-snapshot-*``: what was on volumes once."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column
from vmctl_cli.reporting import for_each

LIST_COLUMNS = (
    Column("ID", "id"),
    Column("Volume ID", "volume_id"),
    Column("Status", "status"),
    Column("Name", "name"),
    Column("Size", "size_gib"),
)
SHOW_ROWS = (
    time_column("created_at", "created_at"),
    Column("description", "description"),
    Column("id", "id"),
    Column("name", "name"),
    Column("size", "size_gib"),
    Column("status", "status"),
    Column("status_reason", "status_reason"),
    Column("tenant_id", "project_id"),
    time_column("updated_at", "updated_at"),
    Column("volume_id", "volume_id"),
)


@command("volume-snapshot-list", examples=("vmctl volume-snapshot-list --volume data",))
@click.option("--volume", "--volume-id", metavar="VOLUME", default="", help="Of this volume only.")
@click.option("--all-tenants", is_flag=True, help="Of all projects; for admins.")
@pass_output
@pass_client
def volume_snapshot_list(client: Client, output: Output, volume: str, all_tenants: bool) -> None:
    """List snapshots of volumes."""
    found = client.volumes.snapshots.list(volume=volume, all_projects=all_tenants)
    output.table(found, LIST_COLUMNS)


@command("volume-snapshot-show", examples=("vmctl volume-snapshot-show before-upgrade",))
@click.argument("snapshot")
@pass_output
@pass_client
def volume_snapshot_show(client: Client, output: Output, snapshot: str) -> None:
    """Show one snapshot of a volume."""
    output.one(client.volumes.snapshots.get(snapshot), SHOW_ROWS)


@command(
    "volume-snapshot-create",
    examples=("vmctl volume-snapshot-create --name before-upgrade data",),
)
@click.option("--name", metavar="NAME", default="", help="What it is called.")
@click.option("--description", metavar="TEXT", default="", help="What it is for.")
@click.argument("volume")
@pass_output
@pass_client
def volume_snapshot_create(
    client: Client, output: Output, volume: str, name: str, description: str
) -> None:
    """Keep what is on a volume now; no server may have it meanwhile."""
    made = client.volumes.snapshots.create(volume, name=name, description=description)
    output.one(made, SHOW_ROWS)
    output.suggest(f"vmctl volume-create --snapshot {made.id}")


@command("volume-snapshot-delete", examples=("vmctl volume-snapshot-delete before-upgrade",))
@click.argument("snapshots", nargs=-1, required=True, metavar="SNAPSHOT...")
@pass_output
@pass_client
def volume_snapshot_delete(client: Client, output: Output, snapshots: tuple[str, ...]) -> None:
    """Delete snapshots of volumes; what was made from them stays."""
    for_each(snapshots, client.volumes.snapshots.delete, output.format)
