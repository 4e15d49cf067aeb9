"""``rescue`` and ``unrescue``: a server that does not come up by itself, and back."""

from __future__ import annotations

import click

from vmctl_cli.booting.acting import Acting
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.commands.power import poll_option
from vmctl_cli.commands.refused import refuses
from vmctl_cli.output import Output
from vmctl_cli.settings import Settings


@command("rescue", examples=("vmctl rescue --poll web1", "vmctl rescue --image tiny web1"))
@click.option(
    "--image", metavar="IMAGE", default="", help="Boot from this; the default is its own image."
)
@poll_option
@click.argument("server")
@refuses("--password")
@pass_settings
@pass_output
@pass_client
def rescue(
    client: Client, output: Output, settings: Settings, server: str, image: str, poll: bool
) -> None:
    """Boot a server from a copy of an image, its own disk second."""
    Acting(client, output, settings, "rescuing", poll, new_disk=True).on_one(
        server, lambda name: client.server_actions.rescue(name, image)
    )


@command("unrescue", examples=("vmctl unrescue --poll web1",))
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def unrescue(client: Client, output: Output, settings: Settings, server: str, poll: bool) -> None:
    """Boot a rescued server from its own disk again."""
    Acting(client, output, settings, "unrescuing", poll, new_disk=True).on_one(
        server, client.server_actions.unrescue
    )
