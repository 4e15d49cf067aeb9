"""``image-create`` and ``backup``: images of servers' disks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vmctl_cli.booting.acting import Acting
from vmctl_cli.booting.pairs import pairs
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.commands.images import SHOW_ROWS
from vmctl_cli.output import Output
from vmctl_cli.settings import Settings

if TYPE_CHECKING:
    from vmctl_cli.client.server_records import Server

ROTATION = click.IntRange(min=0, max=2**31 - 1)


@command(
    "image-create",
    examples=(
        "vmctl image-create --poll web1 web1-before-upgrade",
        "vmctl image-create --metadata purpose=test --show web1 web1-test",
    ),
)
@click.option("--metadata", multiple=True, metavar="KEY=VALUE", help="Properties of the image.")
@click.option("--show", is_flag=True, help="Show the image.")
@click.option("--poll", "--wait", "poll", is_flag=True, help="Wait until it is there.")
@click.argument("server")
@click.argument("name")
@pass_settings
@pass_output
@pass_client
def image_create(
    client: Client,
    output: Output,
    settings: Settings,
    server: str,
    name: str,
    metadata: tuple[str, ...],
    show: bool,
    poll: bool,
) -> None:
    """Make an image of a server's disk; a running guest runs on."""
    wanted = pairs(metadata)
    images: list[str] = []

    def ask(one: str) -> Server:
        made = client.snapshots.create(one, name, wanted)
        images.append(made.image_id)
        return made.server

    Acting(client, output, settings, "snapshotting", poll).on_one(server, ask)
    if show or output.quiet or output.format != "table":
        output.one(client.images.get(images[0]), SHOW_ROWS)
    output.suggest(f"vmctl boot --flavor m1.nano --image {images[0]} --poll NAME")


@command("backup", examples=("vmctl backup --poll web1 web1-monday daily 7",))
@click.option("--poll", "--wait", "poll", is_flag=True, help="Wait until it is there.")
@click.argument("server")
@click.argument("name")
@click.argument("backup_type", metavar="BACKUP_TYPE")
@click.argument("rotation", type=ROTATION)
@pass_settings
@pass_output
@pass_client
def backup(
    client: Client,
    output: Output,
    settings: Settings,
    server: str,
    name: str,
    backup_type: str,
    rotation: int,
    poll: bool,
) -> None:
    """Make an image of a server's disk, and delete its oldest of that type beyond ROTATION."""
    Acting(client, output, settings, "backing up", poll).on_one(
        server, lambda one: client.snapshots.backup(one, name, backup_type, rotation).server
    )
