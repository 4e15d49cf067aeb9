"""``hypervisor-list``, ``hypervisor-show``, ``service-list``: what the operator has."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import CliError
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column

LIST_COLUMNS = (
    Column("Hypervisor hostname", "name"),
    Column("State", "state"),
    Column("Status", "status"),
    Column("Zone", "availability_zone"),
    Column("Driver", "driver"),
    Column("Servers", "instances"),
    Column("VCPUs", "vcpus", lambda host: f"{host.vcpus_claimed}/{host.vcpus}"),
    Column("RAM MiB", "ram_mib", lambda host: f"{host.ram_claimed_mib}/{host.ram_mib}"),
    Column("Disk GiB", "disk_gib", lambda host: f"{host.disk_claimed_gib}/{host.disk_gib}"),
)
SHOW_ROWS = (
    Column("availability_zone", "availability_zone"),
    Column("driver", "driver"),
    Column("hypervisor_hostname", "name"),
    Column("local_gb", "disk_gib"),
    Column("local_gb_used", "disk_claimed_gib"),
    Column("memory_mb", "ram_mib"),
    Column("memory_mb_used", "ram_claimed_mib"),
    Column("running_vms", "instances"),
    time_column("seen_at", "seen_at"),
    Column("state", "state"),
    Column("status", "status"),
    Column("vcpus", "vcpus"),
    Column("vcpus_used", "vcpus_claimed"),
)
SERVICE_COLUMNS = (
    Column("Binary", "driver", lambda _host: "nova-compute"),
    Column("Host", "name"),
    Column("Zone", "availability_zone"),
    Column("Status", "status"),
    Column("State", "state"),
    time_column("Updated_at", "seen_at"),
)


@command("hypervisor-list", examples=("vmctl hypervisor-list",))
@click.option("--matching", metavar="TEXT", default="", help="Only whose name contains this.")
@pass_output
@pass_client
def hypervisor_list(client: Client, output: Output, matching: str) -> None:
    """List hosts and what is claimed of them."""
    hosts = [host for host in client.servers.hosts() if matching in host.name]
    output.table(hosts, LIST_COLUMNS, id_key="name")


@command("hypervisor-show", examples=("vmctl hypervisor-show $(hostname)",))
@click.argument("hypervisor")
@pass_output
@pass_client
def hypervisor_show(client: Client, output: Output, hypervisor: str) -> None:
    """Show one host."""
    for host in client.servers.hosts():
        if host.name == hypervisor:
            output.one(host, SHOW_ROWS, id_key="name")
            return
    raise CliError(
        f"no host is named {hypervisor!r}",
        class_name="NotFound",
        code="host-not-found",
        hint="vmctl hypervisor-list shows them",
    )


@command("service-list", examples=("vmctl service-list",))
@click.option("--host", metavar="HOST", help="Only on this host.")
@pass_output
@pass_client
def service_list(client: Client, output: Output, host: str | None) -> None:
    """List compute agents, and whether they are up."""
    hosts = [one for one in client.servers.hosts() if host in (None, one.name)]
    output.table(hosts, SERVICE_COLUMNS, id_key="name")
