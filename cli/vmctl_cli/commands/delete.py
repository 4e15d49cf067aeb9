"""``delete``: the end of servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, invocation, pass_client, pass_output, pass_settings
from vmctl_cli.output import Output
from vmctl_cli.reporting import for_each
from vmctl_cli.settings import Settings

if TYPE_CHECKING:
    from vmctl_cli.client.server_records import Server


@command("delete", examples=("vmctl delete web1", "vmctl delete --wait $(vmctl list --quiet)"))
@click.option("--all-tenants", is_flag=True, help="Look in all projects; for admins.")
@click.option("--now", is_flag=True, help="For good, even where they could be restored.")
@click.option("--wait", "--poll", "wait", is_flag=True, help="Wait until they are gone.")
@click.argument("servers", nargs=-1, required=True, metavar="SERVER...")
@pass_settings
@pass_output
@pass_client
def delete(
    client: Client,
    output: Output,
    settings: Settings,
    servers: tuple[str, ...],
    all_tenants: bool,
    now: bool,
    wait: bool,
) -> None:
    """Delete servers."""
    accepted: list[Server] = []

    def ask(name: str) -> None:
        accepted.append(client.servers.delete(name, all_projects=all_tenants, at_once=now))
        output.say(f"Request to delete server {name} has been accepted.")

    try:
        for_each(servers, ask, output.format)
    finally:
        if wait and accepted:
            _wait(client, output, settings, accepted)


def _wait(client: Client, output: Output, settings: Settings, servers: list[Server]) -> None:
    from vmctl_cli.booting.waiting import Deadline, Waiter

    invocation().goes_on = "the daemon goes on deleting; vmctl list shows how far it is"
    waiter = Waiter(client, Deadline(settings.timeout_s))
    by_id = {server.id: server for server in servers}
    for_each(by_id, lambda server_id: waiter.until_deleted(by_id[server_id]), output.format)
    output.say("Deleted.")
