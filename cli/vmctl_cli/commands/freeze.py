"""``pause`` and ``suspend``: a guest held still, in memory or on the disk, and its way back."""

from __future__ import annotations

import click

from vmctl_cli.booting.acting import Acting
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.commands.power import poll_option
from vmctl_cli.output import Output
from vmctl_cli.settings import Settings


@command("pause", examples=("vmctl pause web1",))
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def pause(client: Client, output: Output, settings: Settings, server: str, poll: bool) -> None:
    """Hold a server's guest; its memory stays where it is."""
    Acting(client, output, settings, "pausing", poll).on_one(server, client.server_actions.pause)


@command("unpause", examples=("vmctl unpause web1",))
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def unpause(client: Client, output: Output, settings: Settings, server: str, poll: bool) -> None:
    """Let a paused server's guest go on."""
    Acting(client, output, settings, "unpausing", poll).on_one(
        server, client.server_actions.unpause
    )


@command("suspend", examples=("vmctl suspend --poll web1",))
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def suspend(client: Client, output: Output, settings: Settings, server: str, poll: bool) -> None:
    """Put a server's memory on its host's disk and end its machine."""
    Acting(client, output, settings, "suspending", poll).on_one(
        server, client.server_actions.suspend
    )


@command("resume", examples=("vmctl resume --poll web1",))
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def resume(client: Client, output: Output, settings: Settings, server: str, poll: bool) -> None:
    """Let a suspended server go on where it was."""
    Acting(client, output, settings, "resuming", poll).on_one(server, client.server_actions.resume)
