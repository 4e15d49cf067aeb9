"""``interface-list``, ``interface-attach``, ``interface-detach``: a server's network cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vmctl_cli.booting.acting import Acting
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.commands.power import poll_option
from vmctl_cli.commands.refused import refuses
from vmctl_cli.output import Column, Output
from vmctl_cli.settings import Settings

if TYPE_CHECKING:
    from vmctl_cli.client.interfaces import Interface
    from vmctl_cli.client.server_records import Server


def _addresses(interface: Interface) -> str:
    return ", ".join(ip.address for ip in interface.fixed_ips)


COLUMNS = (
    Column("Port State", "port_state"),
    Column("Port ID", "port_id"),
    Column("Net ID", "net_id"),
    Column("IP addresses", "fixed_ips", _addresses),
    Column("MAC Addr", "mac_addr"),
)


@command("interface-list", examples=("vmctl interface-list web1",))
@click.argument("server")
@pass_output
@pass_client
def interface_list(client: Client, output: Output, server: str) -> None:
    """List a server's network cards."""
    from vmctl_cli.client.interfaces import interface_of

    device_id = client.servers.get(server).id
    output.table(map(interface_of, client.networks.ports(device_id=device_id)), COLUMNS)


@command(
    "interface-attach",
    examples=(
        "vmctl interface-attach --poll --net-id backend web1",
        "vmctl interface-attach --net-id backend --fixed-ip 10.30.0.9 web1",
        "vmctl interface-attach --port-id 5c9e1f9a-3e0b-4f0a-8a52-0c2f7a3c1d11 web1",
    ),
)
@poll_option
@click.option("--port-id", metavar="PORT", default="", help="Plug into this port.")
@click.option("--net-id", metavar="NETWORK", default="", help="On this network, by name or id.")
@click.option("--fixed-ip", metavar="IP", default="", help="The address wanted; any if not.")
@refuses("--tag")
@click.argument("server")
@pass_settings
@pass_output
@pass_client
def interface_attach(
    client: Client,
    output: Output,
    settings: Settings,
    server: str,
    port_id: str,
    net_id: str,
    fixed_ip: str,
    poll: bool,
) -> None:
    """Plug a network card into a server, whether it runs or not."""
    from vmctl_cli.client.interfaces import interface_of

    plugged: list[Interface] = []

    def attach(name: str) -> Server:
        asked, card = client.server_actions.attach_interface(
            name, network=net_id, port_id=port_id, fixed_ip=fixed_ip
        )
        plugged.append(card)
        return asked

    Acting(client, output, settings, "attaching the interface", poll).on_one(server, attach)
    if poll:
        plugged = [interface_of(client.networks.port(card.port_id)) for card in plugged]
    output.table(plugged, COLUMNS)


@command(
    "interface-detach",
    examples=("vmctl interface-detach --poll web1 5c9e1f9a-3e0b-4f0a-8a52-0c2f7a3c1d11",),
)
@poll_option
@click.argument("server")
@click.argument("port_id")
@pass_settings
@pass_output
@pass_client
def interface_detach(
    client: Client, output: Output, settings: Settings, server: str, port_id: str, poll: bool
) -> None:
    """Take a network card out of a server; a port that was made for it goes too."""
    Acting(client, output, settings, "detaching the interface", poll).on_one(
        server, lambda name: client.server_actions.detach_interface(name, port_id)
    )
