"""``volume-*``: disks that outlive servers."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.naming import name_option
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column
from vmctl_cli.reporting import for_each

LIST_COLUMNS = (
    Column("ID", "id"),
    Column("Status", "status"),
    Column("Name", "name"),
    Column("Size", "size_gib"),
    Column("Bootable", "bootable"),
    Column("Attached to", "instance_id"),
)
SHOW_ROWS = (
    Column("attached_to", "instance_id"),
    Column("attachment_id", "attachment_id"),
    Column("bootable", "bootable"),
    time_column("created_at", "created_at"),
    Column("description", "description"),
    Column("id", "id"),
    Column("image_id", "image_id"),
    Column("name", "name"),
    Column("readonly", "read_only"),
    Column("size", "size_gib"),
    Column("snapshot_id", "snapshot_id"),
    Column("source_volid", "source_volume_id"),
    Column("status", "status"),
    Column("status_reason", "status_reason"),
    Column("tenant_id", "project_id"),
    time_column("updated_at", "updated_at"),
    Column("volume_type", "volume_type"),
)


@command("volume-list", examples=("vmctl volume-list",))
@click.option("--all-tenants", is_flag=True, help="Of all projects; for admins.")
@pass_output
@pass_client
def volume_list(client: Client, output: Output, all_tenants: bool) -> None:
    """List volumes."""
    found = client.volumes.list(all_projects=all_tenants)
    output.table(found, LIST_COLUMNS, record="volumes.Volume")


@command("volume-show", examples=("vmctl volume-show data",))
@click.argument("volume")
@pass_output
@pass_client
def volume_show(client: Client, output: Output, volume: str) -> None:
    """Show one volume."""
    output.one(client.volumes.get(volume), SHOW_ROWS)


@command(
    "volume-create",
    examples=(
        "vmctl volume-create --name data 10",
        "vmctl volume-create --image tiny 1",
        "vmctl volume-create --snapshot before-upgrade --name again",
        "vmctl volume-create --source data --name copy",
    ),
)
@click.argument(
    "size", type=click.IntRange(min=1, max=2**31 - 1), metavar="[SIZE_GIB]", required=False
)
@name_option("volume")
@click.option("--description", metavar="TEXT", default="", help="What it is for.")
@click.option("--image", "--image-id", metavar="IMAGE", default="", help="Fill it from this image.")
@click.option(
    "--snapshot", "--snapshot-id", metavar="SNAPSHOT", default="", help="Fill it from a snapshot."
)
@click.option(
    "--source", "--source-volid", metavar="VOLUME", default="", help="Fill it from a volume."
)
@click.option("--volume-type", "--type", metavar="TYPE", default="", help="On this kind of disk.")
@pass_output
@pass_client
def volume_create(
    client: Client,
    output: Output,
    size: int | None,
    name: str,
    description: str,
    image: str,
    snapshot: str,
    source: str,
    volume_type: str,
) -> None:
    """Create a volume: blank, or from an image, a snapshot or another volume."""
    if size is None and not (snapshot or source):
        raise invalid("a volume needs a size in GiB", hint="vmctl volume-create --name data 10")
    made = client.volumes.create(
        size or 0,
        name=name,
        image=image,
        snapshot=snapshot,
        source=source,
        description=description,
        volume_type=volume_type,
    )
    output.one(made, SHOW_ROWS)
    output.suggest(f"vmctl volume-attach SERVER {made.id}")


@command("volume-delete", examples=("vmctl volume-delete data",))
@click.argument("volumes", nargs=-1, required=True, metavar="VOLUME...")
@pass_output
@pass_client
def volume_delete(client: Client, output: Output, volumes: tuple[str, ...]) -> None:
    """Delete volumes and what is on them."""

    def delete(volume: str) -> None:
        client.volumes.delete(volume)
        output.say(f"Request to delete volume {volume} has been accepted.")

    for_each(volumes, delete, output.format)
