"""A network, a subnet and a port, as records."""

from __future__ import annotations

from tests.support.clock import NOON
from vmctld.domain.network import AllocationPool, Network, Port, PortStatus, Subnet


def a_network(network_id: str = "n1", *, project: str = "demo", shared: bool = False) -> Network:
    """Return a network without subnets, named as its id."""
    return Network(network_id, network_id, project, shared, 1500, (), NOON)


def a_subnet(subnet_id: str = "s1", network_id: str = "n1", *, third: int = 1) -> Subnet:
    """Return the subnet 10.1.``third``.0/24, named as its id."""
    return Subnet(
        id=subnet_id,
        name=subnet_id,
        network_id=network_id,
        project_id="demo",
        cidr=f"10.1.{third}.0/24",
        gateway=None,
        dns_servers=("9.9.9.9", "1.1.1.1"),
        pools=(AllocationPool(f"10.1.{third}.5", f"10.1.{third}.9"),),
        created_at=NOON,
    )


def a_port(port_id: str = "p1", network_id: str = "n1", *, device_id: str | None = None) -> Port:
    """Return a port without addresses, whose MAC is made from its id."""
    return Port(
        id=port_id,
        name="",
        network_id=network_id,
        project_id="demo",
        mac=f"fa:16:3e:00:00:{int(port_id[1:]):02x}",
        fixed_ips=(),
        device_id=device_id,
        host="host-1" if device_id else None,
        kind="user",
        status=PortStatus.ACTIVE if device_id else PortStatus.DOWN,
        created_at=NOON,
    )
