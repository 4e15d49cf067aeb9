"""``volume-extend``, ``volume-set``, ``volume-reset-state``: volumes that are there."""

from __future__ import annotations

import click

from vmctl_cli.booting.acting import Acting
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.commands.power import poll_option
from vmctl_cli.commands.volumes import SHOW_ROWS
from vmctl_cli.output import Output
from vmctl_cli.reporting import for_each
from vmctl_cli.settings import Settings


@command("volume-extend", examples=("vmctl volume-extend --poll data 20",))
@poll_option
@click.argument("volume")
@click.argument("size", type=click.IntRange(min=1, max=2**31 - 1), metavar="SIZE_GIB")
@pass_settings
@pass_output
@pass_client
def volume_extend(
    client: Client, output: Output, settings: Settings, volume: str, size: int, poll: bool
) -> None:
    """Make a volume larger; the guest of a server that has it sees that at once."""
    if client.volumes.get(volume).instance_id is None:
        client.volumes.extend(volume, size)
        return
    Acting(client, output, settings, "extending the volume", poll).on_one(
        volume, lambda name: client.server_volumes.extend(name, size)
    )


@command(
    "volume-set",
    examples=("vmctl volume-set --name archive data", "vmctl volume-set --read-only data"),
)
@click.option("--name", metavar="NAME", help="Its new name.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("--bootable/--non-bootable", default=None, help="Whether servers may boot from it.")
@click.option("--read-only/--read-write", default=None, help="Whether servers may only read it.")
@click.argument("volume")
@pass_output
@pass_client
def volume_set(
    client: Client,
    output: Output,
    volume: str,
    name: str | None,
    description: str | None,
    bootable: bool | None,
    read_only: bool | None,
) -> None:
    """Change a volume's name, description or flags."""
    changed = client.volumes.update(
        volume, name=name, description=description, bootable=bootable, read_only=read_only
    )
    output.one(changed, SHOW_ROWS)


@command(
    "volume-reset-state",
    examples=("vmctl volume-reset-state --state available data",),
)
@click.option(
    "--state",
    metavar="STATE",
    default="available",
    show_default=True,
    help="available, in-use or error.",
)
@click.argument("volumes", nargs=-1, required=True, metavar="VOLUME...")
@pass_output
@pass_client
def volume_reset_state(
    client: Client, output: Output, volumes: tuple[str, ...], state: str
) -> None:
    """Set the status of volumes by hand; for admins.

    Their bytes are not looked at.
    """

    def reset(volume: str) -> None:
        client.volumes.reset_status(volume, state)

    for_each(volumes, reset, output.format)
