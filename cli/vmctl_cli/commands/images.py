"""``image-*``: what servers are booted from."""

from __future__ import annotations

import click

from vmctl_cli.booting.pairs import pairs
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column
from vmctl_cli.reporting import for_each

NUMBER = click.IntRange(min=0, max=2**31 - 1)
LIST_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Status", "status"),
    Column("Disk Format", "disk_format"),
    Column("Size", "size_bytes"),
    Column("Visibility", "visibility"),
)
SHOW_ROWS = (
    time_column("created_at", "created_at"),
    Column("disk_format", "disk_format"),
    Column("id", "id"),
    Column("min_disk", "min_disk_gib"),
    Column("min_ram", "min_ram_mib"),
    Column("name", "name"),
    Column("owner", "project_id"),
    Column("properties", "properties"),
    Column("protected", "protected"),
    Column("sha256", "sha256"),
    Column("size", "size_bytes"),
    Column("status", "status"),
    time_column("updated_at", "updated_at"),
    Column("virtual_size", "virtual_size_bytes"),
    Column("visibility", "visibility"),
)


@command("image-list", examples=("vmctl image-list", "vmctl image-list --name tiny --quiet"))
@click.option("--name", metavar="NAME", default="", help="Only of this name.")
@click.option("--marker", metavar="ID", default="", help="Begin after this image.")
@click.option("--limit", type=NUMBER, metavar="N", help="At most so many.")
@pass_output
@pass_client
def image_list(client: Client, output: Output, name: str, marker: str, limit: int | None) -> None:
    """List images."""
    images = list(client.images.list(name=name, marker=marker, limit=limit))
    output.table(images, LIST_COLUMNS, record="images.Image")
    if images:
        output.suggest(f"vmctl boot --flavor m1.nano --image {images[0].name} --poll NAME")
    else:
        output.suggest("vmctl image-upload --file FILE NAME")


@command("image-show", examples=("vmctl image-show tiny",))
@click.argument("image")
@pass_output
@pass_client
def image_show(client: Client, output: Output, image: str) -> None:
    """Show one image."""
    output.one(client.images.get(image), SHOW_ROWS)


@command(
    "image-set",
    examples=(
        "vmctl image-set --min-ram 96 --property os=debian tiny",
        "vmctl image-set --public --protected tiny",
    ),
)
@click.argument("image")
@click.option("--name", metavar="NAME", help="A new name.")
@click.option("--min-disk", type=NUMBER, metavar="GIB", help="The smallest disk that holds it.")
@click.option("--min-ram", type=NUMBER, metavar="MIB", help="The smallest RAM it runs in.")
@click.option("--public", "visibility", flag_value="public", help="All projects may use it.")
@click.option("--private", "visibility", flag_value="private", help="Only its project may use it.")
@click.option("--visibility", "named", metavar="VISIBILITY", help="public or private.")
@click.option("--protected/--unprotected", default=None, help="May it be deleted?")
@click.option("--property", "properties", multiple=True, metavar="KEY=VALUE", help="Repeatable.")
@click.option("--remove-property", "removed", multiple=True, metavar="KEY", help="Repeatable.")
@pass_output
@pass_client
def image_set(
    client: Client,
    output: Output,
    image: str,
    name: str | None,
    min_disk: int | None,
    min_ram: int | None,
    visibility: str | None,
    named: str | None,
    protected: bool | None,
    properties: tuple[str, ...],
    removed: tuple[str, ...],
) -> None:
    """Change what is known of an image."""
    from vmctl_cli.client.images import ImageChange

    change = ImageChange(
        name=name,
        min_disk_gib=min_disk,
        min_ram_mib=min_ram,
        visibility=named or visibility,
        protected=protected,
        set_properties=pairs(properties),
        unset_properties=removed,
    )
    if change == ImageChange():
        raise invalid("there is nothing to change", hint="for instance: --min-ram 96")
    output.one(client.images.update(image, change), SHOW_ROWS)


@command("image-delete", examples=("vmctl image-delete tiny",))
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@pass_output
@pass_client
def image_delete(client: Client, output: Output, images: tuple[str, ...]) -> None:
    """Delete images; servers booted from them stay."""

    def delete(image: str) -> None:
        client.images.delete(image)
        output.say(f"Image {image} is deleted.")

    for_each(images, delete, output.format)
