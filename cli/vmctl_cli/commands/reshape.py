"""``resize``, ``resize-confirm``, ``resize-revert``, ``rebuild``: the same server, made anew."""

from __future__ import annotations

import click

from vmctl_cli.booting.acting import Acting
from vmctl_cli.booting.pairs import pairs
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.commands.power import poll_option
from vmctl_cli.commands.refused import refuses
from vmctl_cli.output import Output
from vmctl_cli.settings import Settings


@command("resize", examples=("vmctl resize --poll web1 m1.small",))
@poll_option
@click.argument("server")
@click.argument("flavor")
@pass_settings
@pass_output
@pass_client
def resize(
    client: Client, output: Output, settings: Settings, server: str, flavor: str, poll: bool
) -> None:
    """Give a server another size, on trial until it is confirmed or reverted."""
    Acting(client, output, settings, "resizing", poll).on_one(
        server, lambda name: client.server_actions.resize(name, flavor)
    )
    output.suggest(f"vmctl resize-confirm {server}, or vmctl resize-revert {server}")


@command("resize-confirm", examples=("vmctl resize-confirm web1",))
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def resize_confirm(
    client: Client, output: Output, settings: Settings, server: str, poll: bool
) -> None:
    """Keep a server's new size, and free what the old one needs."""
    Acting(client, output, settings, "confirming", poll).on_one(
        server, client.server_actions.confirm_resize
    )


@command("resize-revert", examples=("vmctl resize-revert --poll web1",))
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def resize_revert(
    client: Client, output: Output, settings: Settings, server: str, poll: bool
) -> None:
    """Give a server its old size and its old disk back."""
    Acting(client, output, settings, "reverting", poll).on_one(
        server, client.server_actions.revert_resize
    )


@command(
    "rebuild",
    examples=(
        "vmctl rebuild --poll web1 tiny",
        "vmctl rebuild --name db1 --meta role=db web1 tiny",
    ),
)
@click.option("--name", metavar="NAME", help="What it is called from then on.")
@click.option("--description", metavar="TEXT", help="What is said of it; empty takes it away.")
@click.option("--hostname", metavar="NAME", help="Its host name in its metadata.")
@click.option("--meta", multiple=True, metavar="KEY=VALUE", help="Replaces all its metadata.")
@poll_option
@click.argument("server")
@click.argument("image")
@refuses(
    *("--rebuild-password", "--key-name", "--user-data", "--trusted-image-certificate-id"),
    flags=(
        *("--minimal", "--preserve-ephemeral", "--key-unset", "--user-data-unset"),
        "--trusted-image-certificates-unset",
    ),
)
@pass_settings
@pass_output
@pass_client
def rebuild(
    client: Client,
    output: Output,
    settings: Settings,
    server: str,
    image: str,
    name: str | None,
    description: str | None,
    hostname: str | None,
    meta: tuple[str, ...],
    poll: bool,
) -> None:
    """Give a server a fresh disk from an image; it keeps id, ports and addresses."""
    metadata = pairs(meta)
    Acting(client, output, settings, "rebuilding", poll, new_disk=True).on_one(
        server,
        lambda one: client.server_actions.rebuild(
            one,
            image,
            name=name,
            description=description,
            hostname=hostname,
            metadata=metadata,
        ),
    )
