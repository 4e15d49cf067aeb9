"""``volume-*``: disks that outlive servers."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
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
    Column("id", "id"),
    Column("image_id", "image_id"),
    Column("name", "name"),
    Column("size", "size_gib"),
    Column("status", "status"),
    Column("status_reason", "status_reason"),
    Column("tenant_id", "project_id"),
    time_column("updated_at", "updated_at"),
)


@command("volume-list", examples=("vmctl volume-list",))
@click.option("--all-tenants", is_flag=True, help="Of all projects; for admins.")
@pass_output
@pass_client
def volume_list(client: Client, output: Output, all_tenants: bool) -> None:
    """List volumes."""
    output.table(client.volumes.list(all_projects=all_tenants), LIST_COLUMNS)


@command("volume-show", examples=("vmctl volume-show data",))
@click.argument("volume")
@pass_output
@pass_client
def volume_show(client: Client, output: Output, volume: str) -> None:
    """Show one volume."""
    output.one(client.volumes.get(volume), SHOW_ROWS)


@command(
    "volume-create",
    examples=("vmctl volume-create --name data 10", "vmctl volume-create --image tiny 1"),
)
@click.argument("size", type=click.IntRange(min=1, max=2**31 - 1), metavar="SIZE_GIB")
@click.option("--name", metavar="NAME", default="", help="What it is called.")
@click.option("--image", "--image-id", metavar="IMAGE", default="", help="Fill it from this image.")
@pass_output
@pass_client
def volume_create(client: Client, output: Output, size: int, name: str, image: str) -> None:
    """Create a volume."""
    made = client.volumes.create(size, name=name, image=image)
    output.one(made, SHOW_ROWS)
    output.suggest(
        f"vmctl boot --block-device id={made.id},source=volume,dest=volume "
        "--flavor FLAVOR --image IMAGE NAME"
    )


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
