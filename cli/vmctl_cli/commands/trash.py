"""``trash-list``, ``restore``, ``force-delete``: what was deleted and is kept for a while."""

from __future__ import annotations

import click

from vmctl_cli.booting.acting import Acting
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.commands.power import all_tenants_option, poll_option
from vmctl_cli.commands.server_columns import LIST_COLUMNS
from vmctl_cli.output import Output
from vmctl_cli.settings import Settings


@command("trash-list", examples=("vmctl trash-list",))
@all_tenants_option
@pass_output
@pass_client
def trash_list(client: Client, output: Output, all_tenants: bool) -> None:
    """List deleted servers that can be restored."""
    from vmctl_cli.client.server_filter import ServerFilter

    wanted = ServerFilter(all_projects=all_tenants, status="SOFT_DELETED")
    output.table(client.servers.list(wanted), LIST_COLUMNS, record="server_records.Server")


@command("restore", examples=("vmctl restore --poll web1",))
@poll_option
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def restore(client: Client, output: Output, settings: Settings, server: str, poll: bool) -> None:
    """Bring back a deleted server while it is kept."""
    Acting(client, output, settings, "restoring", poll).on_one(
        server, client.server_actions.restore
    )


@command("force-delete", examples=("vmctl force-delete web1",))
@click.argument("server")
@pass_client
def force_delete(client: Client, server: str) -> None:
    """Delete a server for good, even where it could be restored."""
    client.servers.delete(server, at_once=True)
