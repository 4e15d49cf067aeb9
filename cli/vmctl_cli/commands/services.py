"""``service-*``: the agents on hosts, switched on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column

if TYPE_CHECKING:
    from vmctl_cli.client.host_records import HostAgent

LIST_COLUMNS = (
    Column("Id", "id"),
    Column("Binary", "binary"),
    Column("Host", "host"),
    Column("Zone", "availability_zone"),
    Column("Status", "status"),
    Column("State", "state"),
    time_column("Updated_at", "updated_at"),
    Column("Disabled Reason", "disabled_reason"),
    Column("Forced down", "forced_down"),
)
STATUS_COLUMNS = (
    Column("ID", "id"),
    Column("Host", "host"),
    Column("Binary", "binary"),
    Column("Status", "status"),
)
REASON_COLUMNS = (*STATUS_COLUMNS, Column("Disabled Reason", "disabled_reason"))
FORCED_COLUMNS = (*STATUS_COLUMNS[:3], Column("Forced down", "forced_down"))


@command("service-list", examples=("vmctl service-list --host $(hostname)",))
@click.option("--host", metavar="HOST", default="", help="Only on this host.")
@click.option("--binary", metavar="BINARY", default="", help="Only of this kind: nova-compute.")
@pass_output
@pass_client
def service_list(client: Client, output: Output, host: str, binary: str) -> None:
    """List compute agents, and whether they are up."""
    output.table(client.hosts.agents(host, binary), LIST_COLUMNS, id_key="host")


@command("service-enable", examples=("vmctl service-enable $(hostname)",))
@click.argument("service", metavar="SERVICE")
@pass_output
@pass_client
def service_enable(client: Client, output: Output, service: str) -> None:
    """Let the scheduler use a host again; by the service's id or its host."""
    _show(output, client.hosts.enable(service), STATUS_COLUMNS)


@command("service-disable", examples=("vmctl service-disable --reason 'new disks' $(hostname)",))
@click.argument("service", metavar="SERVICE")
@click.option("--reason", metavar="TEXT", default="", help="Why; explain tells it to users.")
@pass_output
@pass_client
def service_disable(client: Client, output: Output, service: str, reason: str) -> None:
    """Keep the scheduler off a host; its servers go on running."""
    shown = REASON_COLUMNS if reason else STATUS_COLUMNS
    _show(output, client.hosts.disable(service, reason), shown)


@command("service-force-down", examples=("vmctl service-force-down $(hostname)",))
@click.argument("service", metavar="SERVICE")
@click.option("--unset", is_flag=True, help="It is not dead after all.")
@pass_output
@pass_client
def service_force_down(client: Client, output: Output, service: str, unset: bool) -> None:
    """Say that a host is dead, so that nobody waits for it."""
    changed = client.hosts.force_down(service, forced_down=not unset)
    _show(output, changed, FORCED_COLUMNS)


@command("service-delete", examples=("vmctl service-delete old-host",))
@click.argument("service", metavar="SERVICE")
@pass_client
def service_delete(client: Client, service: str) -> None:
    """Forget a host that has no servers; one that lives comes back by itself."""
    client.hosts.forget(service)


def _show(output: Output, agent: HostAgent, shown: tuple[Column, ...]) -> None:
    """Print one service: nova's table of one row, or one object."""
    if output.format == "table" and not output.quiet:
        output.table([agent], shown)
    else:
        output.one(agent, shown, id_key="host")
