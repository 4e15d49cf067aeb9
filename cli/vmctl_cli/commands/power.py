"""``stop``, ``start``, ``reboot``: a server's power, with and without asking its guest."""

from __future__ import annotations

import click

from vmctl_cli.booting.acting import Acting
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.output import Output
from vmctl_cli.settings import Settings

poll_option = click.option("--poll", "--wait", "poll", is_flag=True, help="Wait until it is done.")
all_tenants_option = click.option(
    "--all-tenants", is_flag=True, help="Look in all projects; for admins."
)


@command("stop", examples=("vmctl stop web1", "vmctl stop --poll web1 web2"))
@all_tenants_option
@poll_option
@click.argument("servers", nargs=-1, required=True, metavar="SERVER...")
@pass_settings
@pass_output
@pass_client
def stop(
    client: Client,
    output: Output,
    settings: Settings,
    servers: tuple[str, ...],
    all_tenants: bool,
    poll: bool,
) -> None:
    """Stop servers: the guest is asked to power off, and after a minute it is made to."""
    Acting(client, output, settings, "stopping", poll).on_each(
        servers,
        lambda name: client.server_actions.stop(name, all_projects=all_tenants),
        "Request to stop server {} has been accepted.",
    )


@command("start", examples=("vmctl start web1", "vmctl start --poll web1"))
@all_tenants_option
@poll_option
@click.argument("servers", nargs=-1, required=True, metavar="SERVER...")
@pass_settings
@pass_output
@pass_client
def start(
    client: Client,
    output: Output,
    settings: Settings,
    servers: tuple[str, ...],
    all_tenants: bool,
    poll: bool,
) -> None:
    """Start stopped servers."""
    Acting(client, output, settings, "starting", poll).on_each(
        servers,
        lambda name: client.server_actions.start(name, all_projects=all_tenants),
        "Request to start server {} has been accepted.",
    )


@command("reboot", examples=("vmctl reboot web1", "vmctl reboot --hard --poll web1"))
@click.option("--hard", is_flag=True, help="Pull the plug instead of asking the guest.")
@poll_option
@click.argument("servers", nargs=-1, required=True, metavar="SERVER...")
@pass_settings
@pass_output
@pass_client
def reboot(
    client: Client,
    output: Output,
    settings: Settings,
    servers: tuple[str, ...],
    hard: bool,
    poll: bool,
) -> None:
    """Reboot servers; --hard brings up any that is not gone."""
    Acting(client, output, settings, "rebooting", poll).on_each(
        servers,
        lambda name: client.server_actions.reboot(name, hard=hard),
        "Request to reboot server {} has been accepted.",
    )
