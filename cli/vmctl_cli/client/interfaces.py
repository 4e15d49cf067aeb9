"""The network cards of a server, as ``-f json`` prints them."""

from __future__ import annotations

from dataclasses import dataclass

from vmctl.v1 import instance_actions_pb2 as pb
from vmctl_cli.client.network_records import FixedIp, Port


@dataclass(frozen=True, slots=True)
class Interface:
    """One network card.  ``port_state`` BUILD: it is on its way into the server."""

    port_id: str
    net_id: str
    port_state: str
    mac_addr: str | None
    fixed_ips: tuple[FixedIp, ...]


def interface_of(port: Port) -> Interface:
    """Return the card that is plugged into a port."""
    return Interface(
        port_id=port.id,
        net_id=port.network_id,
        port_state=port.status,
        mac_addr=port.mac,
        fixed_ips=port.fixed_ips,
    )


def interface_to_be(answer: pb.AttachInterfaceResponse, fixed_ip: str) -> Interface:
    """Return the card that was asked for; what is not known yet is left out."""
    return Interface(
        port_id=answer.port_id,
        net_id=answer.network_id,
        port_state="BUILD",
        mac_addr=None,
        fixed_ips=(FixedIp("", fixed_ip),) if fixed_ip else (),
    )
