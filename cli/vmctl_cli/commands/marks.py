"""``lock``, ``unlock``, ``reset-state``: what is only written down about a server."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.power import all_tenants_option
from vmctl_cli.output import Output
from vmctl_cli.reporting import for_each


@command("lock", examples=('vmctl lock --reason "an exam runs on it" web1',))
@click.option("--reason", metavar="TEXT", default="", help="Why, for those who wonder.")
@click.argument("server")
@pass_client
def lock(client: Client, server: str, reason: str) -> None:
    """Lock a server: nobody but admins acts on it."""
    client.server_actions.lock(server, reason)


@command("unlock", examples=("vmctl unlock web1",))
@click.argument("server")
@pass_client
def unlock(client: Client, server: str) -> None:
    """Unlock a server."""
    client.server_actions.unlock(server)


@command("reset-state", examples=("vmctl reset-state --active web1",))
@all_tenants_option
@click.option("--active", is_flag=True, help="To active; without this to error.")
@click.argument("servers", nargs=-1, required=True, metavar="SERVER...")
@pass_output
@pass_client
def reset_state(
    client: Client, output: Output, servers: tuple[str, ...], active: bool, all_tenants: bool
) -> None:
    """Set servers' states by hand; their machines are left alone."""
    state = "active" if active else "error"

    def reset(name: str) -> None:
        client.server_actions.reset_state(name, active=active, all_projects=all_tenants)
        output.say(f"Reset state for server {name} succeeded; new state is {state}")

    for_each(servers, reset, output.format)
