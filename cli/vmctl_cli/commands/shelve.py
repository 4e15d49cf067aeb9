"""``shelve``, ``shelve-offload``, ``unshelve``: a server that is nothing but its disk's image."""

from __future__ import annotations

import click

from vmctl_cli.booting.acting import Acting
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.commands.power import poll_option
from vmctl_cli.output import Output
from vmctl_cli.settings import Settings


@command("shelve", examples=("vmctl shelve --poll web1",))
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def shelve(client: Client, output: Output, settings: Settings, server: str, poll: bool) -> None:
    """Stop a server, keep its disk as an image, and give up its host."""
    Acting(client, output, settings, "shelving", poll).on_one(server, client.snapshots.shelve)
    output.suggest(f"vmctl unshelve --poll {server}")


@command("shelve-offload", examples=("vmctl shelve-offload web1",))
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def shelve_offload(
    client: Client, output: Output, settings: Settings, server: str, poll: bool
) -> None:
    """Have a shelved server give up its host now."""
    Acting(client, output, settings, "offloading", poll).on_one(server, client.snapshots.offload)


@command(
    "unshelve",
    examples=("vmctl unshelve --poll web1", "vmctl unshelve --availability-zone nova web1"),
)
@click.option(
    "--availability-zone",
    metavar="ZONE",
    default="",
    help="Where it shall run; for a server that has given up its host.",
)
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def unshelve(
    client: Client,
    output: Output,
    settings: Settings,
    server: str,
    availability_zone: str,
    poll: bool,
) -> None:
    """Bring a shelved server back, with its id, ports, addresses and volumes."""
    Acting(client, output, settings, "unshelving", poll, new_disk=False).on_one(
        server, lambda one: client.snapshots.unshelve(one, availability_zone)
    )
