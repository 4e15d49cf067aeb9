"""``show``: all that is known of one server."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.refused import refuses
from vmctl_cli.commands.server_columns import rows_of
from vmctl_cli.output import Output


@command("show", examples=("vmctl show web1", "vmctl show web1 -f value -c status"))
@click.option("--minimal", is_flag=True, help="Accepted for nova's sake; shows the same.")
@click.argument("server")
@refuses("--wrap")
@pass_output
@pass_client
def show(client: Client, output: Output, server: str, minimal: bool) -> None:
    """Show one server."""
    found = client.servers.get(server)
    output.one(found, rows_of(found))
