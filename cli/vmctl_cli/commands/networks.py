"""``network-*``, ``subnet-*``, ``port-*``: where servers meet."""

from __future__ import annotations

import click

from vmctl_cli.booting.pairs import pairs
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.naming import name_option
from vmctl_cli.commands.network_columns import (
    NETWORK_COLUMNS,
    NETWORK_ROWS,
    PORT_COLUMNS,
    PORT_ROWS,
    SUBNET_COLUMNS,
    SUBNET_ROWS,
)
from vmctl_cli.commands.port_security import groups_wanted, pairs_from, security_options
from vmctl_cli.errors import invalid, not_supported
from vmctl_cli.output import Output
from vmctl_cli.reporting import for_each

all_tenants = click.option("--all-tenants", is_flag=True, help="Of all projects; for admins.")


@command("network-list", examples=("vmctl network-list",))
@all_tenants
@pass_output
@pass_client
def network_list(client: Client, output: Output, all_tenants: bool) -> None:
    """List networks."""
    found = client.networks.networks(all_projects=all_tenants)
    output.table(found, NETWORK_COLUMNS, record="network_records.Network")


@command("network-show", examples=("vmctl network-show private",))
@click.argument("network")
@pass_output
@pass_client
def network_show(client: Client, output: Output, network: str) -> None:
    """Show one network."""
    output.one(client.networks.network(network), NETWORK_ROWS)


@command(
    "network-create",
    examples=(
        "vmctl network-create backend",
        "vmctl network-create --external --physical br-ex public",
    ),
)
@click.argument("name")
@click.option("--shared", is_flag=True, help="For all projects; for admins.")
@click.option(
    "--mtu",
    type=click.IntRange(min=0, max=65535),
    default=0,
    metavar="BYTES",
    help="Largest packet; 1500 if not given.",
)
@click.option("--external", is_flag=True, help="It leads outside; for admins.")
@click.option(
    "--physical", metavar="BRIDGE", default="", help="The hosts' bridge that leads outside."
)
@pass_output
@pass_client
def network_create(
    client: Client,
    output: Output,
    name: str,
    shared: bool,
    mtu: int,
    external: bool,
    physical: str,
) -> None:
    """Create a network."""
    made = client.networks.create_network(
        name, shared=shared, mtu_bytes=mtu, external=external, physical=physical
    )
    output.one(made, NETWORK_ROWS)
    output.suggest(f"vmctl subnet-create {name} 10.30.0.0/24")


@command("network-delete", examples=("vmctl network-delete backend",))
@click.argument("networks", nargs=-1, required=True, metavar="NETWORK...")
@pass_output
@pass_client
def network_delete(client: Client, output: Output, networks: tuple[str, ...]) -> None:
    """Delete networks."""

    def delete(network: str) -> None:
        client.networks.delete_network(network)
        output.say(f"Network {network} is deleted.")

    for_each(networks, delete, output.format)


@command("subnet-list", examples=("vmctl subnet-list", "vmctl subnet-list --network private"))
@click.option("--network", metavar="NETWORK", default="", help="Only of this network.")
@all_tenants
@pass_output
@pass_client
def subnet_list(client: Client, output: Output, network: str, all_tenants: bool) -> None:
    """List subnets."""
    found = client.networks.subnets(network=network, all_projects=all_tenants)
    output.table(found, SUBNET_COLUMNS, record="network_records.Subnet")


@command("subnet-show", examples=("vmctl subnet-show private-subnet",))
@click.argument("subnet")
@pass_output
@pass_client
def subnet_show(client: Client, output: Output, subnet: str) -> None:
    """Show one subnet."""
    output.one(client.networks.subnet(subnet), SUBNET_ROWS)


@command(
    "subnet-create",
    examples=(
        "vmctl subnet-create backend 10.30.0.0/24",
        "vmctl subnet-create --name low --no-gateway backend 10.30.0.0/24",
        "vmctl subnet-create --allocation-pool start=10.30.0.9,end=10.30.0.99 backend 10.30.0.0/24",
    ),
)
@click.argument("network")
@click.argument("cidr")
@name_option("subnet")
@click.option("--gateway", metavar="IP", help="The router's address; the first one if not given.")
@click.option("--no-gateway", is_flag=True, help="No router.")
@click.option("--dns-nameserver", "dns_servers", multiple=True, metavar="IP", help="Repeatable.")
@click.option(
    "--allocation-pool",
    "pools",
    multiple=True,
    metavar="start=IP,end=IP",
    help="The addresses to give out; all if not given.  Repeatable.",
)
@pass_output
@pass_client
def subnet_create(
    client: Client,
    output: Output,
    network: str,
    cidr: str,
    name: str,
    gateway: str | None,
    no_gateway: bool,
    dns_servers: tuple[str, ...],
    pools: tuple[str, ...],
) -> None:
    """Create a subnet."""
    from vmctl_cli.client.network_records import Pool

    if gateway and no_gateway:
        raise invalid("--gateway and --no-gateway exclude each other")
    ranges = []
    for text in pools:
        ends = pairs(text.split(","))
        if set(ends) != {"start", "end"}:
            raise invalid(f"--allocation-pool takes start=IP,end=IP, not {text!r}")
        ranges.append(Pool(ends["start"], ends["end"]))
    made = client.networks.create_subnet(
        network,
        cidr,
        name=name,
        gateway="" if no_gateway else gateway,
        dns_servers=dns_servers,
        pools=ranges,
    )
    output.one(made, SUBNET_ROWS)


@command("subnet-delete", examples=("vmctl subnet-delete low",))
@click.argument("subnets", nargs=-1, required=True, metavar="SUBNET...")
@pass_output
@pass_client
def subnet_delete(client: Client, output: Output, subnets: tuple[str, ...]) -> None:
    """Delete subnets."""

    def delete(subnet: str) -> None:
        client.networks.delete_subnet(subnet)
        output.say(f"Subnet {subnet} is deleted.")

    for_each(subnets, delete, output.format)


@command("port-list", examples=("vmctl port-list", "vmctl port-list --server web1"))
@click.option("--network", metavar="NETWORK", default="", help="Only on this network.")
@click.option("--server", metavar="SERVER", help="Only of this server.")
@all_tenants
@pass_output
@pass_client
def port_list(
    client: Client, output: Output, network: str, server: str | None, all_tenants: bool
) -> None:
    """List ports."""
    device_id = client.servers.get(server).id if server else ""
    found = client.networks.ports(network=network, device_id=device_id, all_projects=all_tenants)
    output.table(found, PORT_COLUMNS, record="network_records.Port")


@command("port-show", examples=("vmctl port-show 5c9e1f9a-3e0b-4f0a-8a52-0c2f7a3c1d11",))
@click.argument("port")
@pass_output
@pass_client
def port_show(client: Client, output: Output, port: str) -> None:
    """Show one port."""
    output.one(client.networks.port(port), PORT_ROWS)


@command(
    "port-create",
    examples=("vmctl port-create private", "vmctl port-create --fixed-ip 10.20.0.50 private"),
)
@click.argument("network")
@name_option("port")
@click.option("--fixed-ip", metavar="IP|ip_address=IP", help="The address wanted; any if not.")
@click.option("--mac-address", metavar="MAC", default="", help="The MAC wanted; any if not.")
@security_options
@pass_output
@pass_client
def port_create(
    client: Client,
    output: Output,
    network: str,
    name: str,
    fixed_ip: str | None,
    mac_address: str,
    groups: tuple[str, ...],
    no_groups: bool,
    port_security: bool | None,
    address_pairs: tuple[str, ...],
) -> None:
    """Create a port; a server gets it with boot --nic port-id=ID."""
    made = client.networks.create_port(
        network,
        name=name,
        fixed_ip=_fixed_ip(fixed_ip),
        mac=mac_address,
        groups=groups_wanted(groups, no_groups=no_groups),
        port_security=port_security is not False,
        pairs=pairs_from(address_pairs),
    )
    output.one(made, PORT_ROWS)
    output.suggest(f"vmctl boot --nic port-id={made.id} --flavor FLAVOR --image IMAGE NAME")


@command("port-delete", examples=("vmctl port-delete 5c9e1f9a-3e0b-4f0a-8a52-0c2f7a3c1d11",))
@click.argument("ports", nargs=-1, required=True, metavar="PORT...")
@pass_output
@pass_client
def port_delete(client: Client, output: Output, ports: tuple[str, ...]) -> None:
    """Delete ports."""

    def delete(port: str) -> None:
        client.networks.delete_port(port)
        output.say(f"Port {port} is deleted.")

    for_each(ports, delete, output.format)


def _fixed_ip(text: str | None) -> str:
    """Return the address that ``--fixed-ip`` asks for, in neutron's form or bare."""
    if text is None or "=" not in text:
        return text or ""
    wanted = pairs(text.split(","))
    unserved = sorted(set(wanted) - {"ip_address"})
    if unserved:
        raise not_supported(f"{unserved[0]} in --fixed-ip", hint="ip_address is")
    return wanted["ip_address"]
