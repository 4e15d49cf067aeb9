"""``floating-ip-*``: addresses of the outside that lead to servers."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.networks import all_tenants
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column
from vmctl_cli.reporting import for_each

COLUMNS = (
    Column("ID", "id"),
    Column("Floating IP", "address"),
    Column("Fixed IP", "fixed_address"),
    Column("Port", "port_id"),
    Column("Network", "network_id"),
    Column("Status", "status"),
)
ROWS = (
    time_column("created_at", "created_at"),
    Column("fixed_ip_address", "fixed_address"),
    Column("floating_ip_address", "address"),
    Column("floating_network_id", "network_id"),
    Column("id", "id"),
    Column("port_id", "port_id"),
    Column("router_id", "router_id"),
    Column("status", "status"),
    Column("tenant_id", "project_id"),
)


@command("floating-ip-list", examples=("vmctl floating-ip-list",))
@all_tenants
@pass_output
@pass_client
def floating_ip_list(client: Client, output: Output, all_tenants: bool) -> None:
    """List floating IPs and where they lead."""
    output.table(client.routers.floating_ips(all_projects=all_tenants), COLUMNS)


@command("floating-ip-show", examples=("vmctl floating-ip-show 203.0.113.9",))
@click.argument("floating_ip")
@pass_output
@pass_client
def floating_ip_show(client: Client, output: Output, floating_ip: str) -> None:
    """Show one floating IP, by address or id."""
    output.one(client.routers.floating_ip(floating_ip), ROWS)


@command(
    "floating-ip-create",
    examples=(
        "vmctl floating-ip-create public",
        "vmctl floating-ip-create --floating-ip-address 203.0.113.9 public",
    ),
)
@click.argument("network")
@click.option("--floating-ip-address", metavar="IP", default="", help="This one; any if not.")
@click.option("--port", metavar="PORT", default="", help="Lead it to this port at once.")
@pass_output
@pass_client
def floating_ip_create(
    client: Client, output: Output, network: str, floating_ip_address: str, port: str
) -> None:
    """Take a floating IP of an external network."""
    made = client.routers.create_floating_ip(network, address=floating_ip_address, port=port)
    output.one(made, ROWS)
    if not port:
        output.suggest(f"vmctl floating-ip-associate SERVER {made.address}")


@command("floating-ip-delete", examples=("vmctl floating-ip-delete 203.0.113.9",))
@click.argument("floating_ips", nargs=-1, required=True, metavar="FLOATING_IP...")
@pass_output
@pass_client
def floating_ip_delete(client: Client, output: Output, floating_ips: tuple[str, ...]) -> None:
    """Give floating IPs back, wherever they lead."""

    def delete(floating_ip: str) -> None:
        client.routers.delete_floating_ip(floating_ip)
        output.say(f"Floating IP {floating_ip} is deleted.")

    for_each(floating_ips, delete, output.format)


@command(
    "floating-ip-associate",
    examples=(
        "vmctl floating-ip-associate web1 203.0.113.9",
        "vmctl floating-ip-associate --fixed-address 10.30.0.9 web1 203.0.113.9",
    ),
)
@click.argument("server")
@click.argument("address")
@click.option("--fixed-address", metavar="IP", default="", help="To this one of the server's.")
@pass_output
@pass_client
def floating_ip_associate(
    client: Client, output: Output, server: str, address: str, fixed_address: str
) -> None:
    """Have a floating IP lead to a server, whether it runs or not."""
    device_id = client.servers.get(server).id
    led = client.routers.associate(address, device_id=device_id, fixed_address=fixed_address)
    output.one(led, ROWS)


@command("floating-ip-disassociate", examples=("vmctl floating-ip-disassociate web1 203.0.113.9",))
@click.argument("server")
@click.argument("address")
@pass_output
@pass_client
def floating_ip_disassociate(client: Client, output: Output, server: str, address: str) -> None:
    """Have a floating IP lead nowhere; connections through it are cut."""
    device_id = client.servers.get(server).id
    output.one(client.routers.disassociate(address, device_id=device_id), ROWS)
