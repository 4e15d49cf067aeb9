"""``image-upload`` and ``image-download``: images on their way."""

from __future__ import annotations

import click

from vmctl_cli.booting.pairs import pairs
from vmctl_cli.client import Client
from vmctl_cli.command import command, invocation, pass_client, pass_output
from vmctl_cli.commands.images import NUMBER, SHOW_ROWS
from vmctl_cli.output import Output


@command(
    "image-upload",
    examples=(
        "vmctl image-upload --file build/tiny.qcow2 --min-ram 96 tiny",
        "curl -L https://example.org/disk.qcow2 | vmctl image-upload --disk-format qcow2 debian",
    ),
)
@click.argument("name")
@click.option("--file", metavar="FILE", help="The image; stdin if not given.")
@click.option(
    "--disk-format", metavar="FORMAT", default="", help="qcow2 or raw; else the bytes say."
)
@click.option("--min-disk", type=NUMBER, default=0, metavar="GIB", help="Smallest disk it fits.")
@click.option("--min-ram", type=NUMBER, default=0, metavar="MIB", help="Smallest RAM it runs in.")
@click.option("--visibility", metavar="VISIBILITY", default="", help="private or public.")
@click.option("--public", is_flag=True, help="As --visibility public.")
@click.option("--protected", is_flag=True, help="It cannot be deleted.")
@click.option("--property", "properties", multiple=True, metavar="KEY=VALUE", help="Repeatable.")
@click.option("--progress", is_flag=True, help="Accepted; a terminal always shows progress.")
@pass_output
@pass_client
def image_upload(
    client: Client,
    output: Output,
    name: str,
    file: str | None,
    disk_format: str,
    min_disk: int,
    min_ram: int,
    visibility: str,
    public: bool,
    protected: bool,
    properties: tuple[str, ...],
    progress: bool,
) -> None:
    """Upload an image from a file or from stdin."""
    from vmctl_cli.client.images import ImageWish
    from vmctl_cli.transfers import chunks_of, open_source

    with open_source(file) as (stream, size_bytes):
        wish = ImageWish(
            name=name,
            disk_format=disk_format,
            min_disk_gib=min_disk,
            min_ram_mib=min_ram,
            visibility="public" if public else visibility,
            protected=protected,
            properties=pairs(properties),
            size_bytes=size_bytes,
        )
        invocation().goes_on = "the daemon forgets what was sent so far"
        image = client.images.upload(wish, chunks_of(stream, size_bytes))
    output.one(image, SHOW_ROWS)
    output.suggest(f"vmctl boot --flavor m1.nano --image {name} --poll NAME")


@command(
    "image-download",
    examples=(
        "vmctl image-download --file tiny.qcow2 tiny",
        "vmctl image-download tiny | qemu-img info /dev/stdin",
    ),
)
@click.argument("image")
@click.option("--file", metavar="FILE", help="Where to; stdout if not given.")
@click.option("--progress", is_flag=True, help="Accepted; a terminal always shows progress.")
@pass_output
@pass_client
def image_download(
    client: Client, output: Output, image: str, file: str | None, progress: bool
) -> None:
    """Download an image to a file or to stdout, and check its hash."""
    from vmctl_cli.transfers import receive

    receive(client.images.download(image), file)
    if file is not None:
        output.say(f"image {image} is in {file}")
