"""``hypervisor-*``: the hosts, what they have and what is claimed of it."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column

LIST_COLUMNS = (
    Column("ID", "id"),
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
    Column("build_failures", "build_failures"),
    Column("cpu_allocation_ratio", "cpu_allocation_ratio"),
    Column("current_workload", "current_workload"),
    Column("disk_allocation_ratio", "disk_allocation_ratio"),
    Column("driver", "driver"),
    Column("hypervisor_hostname", "name"),
    Column("id", "id"),
    Column("local_gb", "disk_gib"),
    Column("local_gb_used", "disk_claimed_gib"),
    Column("memory_mb", "ram_mib"),
    Column("memory_mb_used", "ram_claimed_mib"),
    Column("ram_allocation_ratio", "ram_allocation_ratio"),
    Column("running_vms", "instances"),
    time_column("seen_at", "seen_at"),
    Column("service_disabled_reason", "disabled_reason"),
    Column("state", "state"),
    Column("status", "status"),
    Column("uptime", "uptime"),
    Column("vcpus", "vcpus"),
    Column("vcpus_used", "vcpus_claimed"),
)
SERVER_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Hypervisor ID", "hypervisor_id"),
    Column("Hypervisor Hostname", "hypervisor_name"),
)
STATS_ROWS = (
    Column("count", "count"),
    Column("current_workload", "current_workload"),
    Column("free_disk_gb", "free_disk_gib"),
    Column("free_ram_mb", "free_ram_mib"),
    Column("local_gb", "disk_gib"),
    Column("local_gb_used", "disk_used_gib"),
    Column("memory_mb", "ram_mib"),
    Column("memory_mb_used", "ram_used_mib"),
    Column("running_vms", "servers"),
    Column("vcpus", "vcpus"),
    Column("vcpus_used", "vcpus_used"),
)
UPTIME_ROWS = (
    Column("hypervisor_hostname", "name"),
    Column("id", "id"),
    Column("state", "state"),
    Column("status", "status"),
    Column("uptime", "uptime"),
)
RATIO = click.FloatRange(min=0, max=1000)
NUMBER = click.IntRange(min=0, max=2**31 - 1)


@command("hypervisor-list", examples=("vmctl hypervisor-list --matching rack1",))
@click.option("--matching", metavar="TEXT", default="", help="Only whose name contains this.")
@click.option("--marker", metavar="HYPERVISOR", default="", help="Begin after this one.")
@click.option("--limit", type=NUMBER, metavar="N", help="At most so many.")
@pass_output
@pass_client
def hypervisor_list(
    client: Client, output: Output, matching: str, marker: str, limit: int | None
) -> None:
    """List hosts and what is claimed of them."""
    found = client.hosts.list(matching, limit=limit, marker=marker)
    output.table(found, LIST_COLUMNS, id_key="name")


@command("hypervisor-show", examples=("vmctl hypervisor-show $(hostname)",))
@click.argument("hypervisor")
@click.option("--wrap", type=NUMBER, hidden=True, expose_value=False)
@pass_output
@pass_client
def hypervisor_show(client: Client, output: Output, hypervisor: str) -> None:
    """Show one host."""
    output.one(client.hosts.get(hypervisor), SHOW_ROWS, id_key="name")


@command("hypervisor-servers", examples=("vmctl hypervisor-servers $(hostname)",))
@click.argument("hostname")
@pass_output
@pass_client
def hypervisor_servers(client: Client, output: Output, hostname: str) -> None:
    """List the servers of a host, or of all whose names contain this."""
    output.table(client.hosts.servers(hostname), SERVER_COLUMNS)


@command("hypervisor-stats", examples=("vmctl hypervisor-stats",))
@pass_output
@pass_client
def hypervisor_stats(client: Client, output: Output) -> None:
    """Show sums over all hosts that are enabled."""
    output.one(client.hosts.stats(), STATS_ROWS, id_key="count")


@command("hypervisor-uptime", examples=("vmctl hypervisor-uptime $(hostname)",))
@click.argument("hypervisor")
@pass_output
@pass_client
def hypervisor_uptime(client: Client, output: Output, hypervisor: str) -> None:
    """Show how long a host is up, and its load."""
    output.one(client.hosts.get(hypervisor), UPTIME_ROWS, id_key="name")


@command(
    "hypervisor-set",
    examples=(
        "vmctl hypervisor-set --cpu-allocation-ratio 8 $(hostname)",
        "vmctl hypervisor-set --cpu-allocation-ratio 0 $(hostname)",
    ),
)
@click.argument("hypervisor")
@click.option("--cpu-allocation-ratio", "cpu", type=RATIO, metavar="R", help="0: its aggregates'.")
@click.option("--ram-allocation-ratio", "ram", type=RATIO, metavar="R", help="0: its aggregates'.")
@click.option(
    "--disk-allocation-ratio", "disk", type=RATIO, metavar="R", help="0: its aggregates'."
)
@pass_output
@pass_client
def hypervisor_set(
    client: Client,
    output: Output,
    hypervisor: str,
    cpu: float | None,
    ram: float | None,
    disk: float | None,
) -> None:
    """Change how many times over a host can be claimed."""
    if cpu is ram is disk is None:
        raise invalid("there is nothing to change", hint="for instance: --cpu-allocation-ratio 8")
    output.one(client.hosts.set_ratios(hypervisor, cpu, ram, disk), SHOW_ROWS, id_key="name")
