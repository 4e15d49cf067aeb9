"""``diagnostics``: what a server's machine has done so far."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.output import Output, columns

ROWS = columns(
    *("accelerator", "cpu_time_s", "disk_details", "driver", "nic_details", "num_cpus"),
    *("num_disks", "num_nics", "ram_mib", "state", "uptime_s"),
)


@command("diagnostics", examples=("vmctl diagnostics web1",))
@click.argument("server")
@pass_output
@pass_client
def diagnostics(client: Client, output: Output, server: str) -> None:
    """Show what a running server's machine has done so far; for admins."""
    output.one(client.server_actions.diagnostics(server), ROWS, id_key="state")
