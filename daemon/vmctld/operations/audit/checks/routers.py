"""I5 for routers: ports and namespaces of routers and floating IPs that there are not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy import delete, select, union

from vmctld.domain.router import FLOATING_IP, ROUTER_GATEWAY, ROUTER_INTERFACE
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.network import PortRow
from vmctld.storage.tables.routers import FloatingIpRow, RouterRow

_PORTS = core(PortRow)
_OWNED = (ROUTER_INTERFACE, ROUTER_GATEWAY, FLOATING_IP)
_OWNERS = union(select(core(RouterRow).c.id), select(core(FloatingIpRow).c.id))


def stray_router_ports(world: World) -> Iterator[Suspect]:
    """A port, and with it an address, whose router or floating IP is gone."""
    strays = select(_PORTS.c.id, _PORTS.c.device_owner, _PORTS.c.device_id).where(
        _PORTS.c.device_owner.in_(_OWNED), _PORTS.c.device_id.not_in(_OWNERS)
    )
    for row in world.tx.execute(strays):
        what = f"{row.device_owner} of {row.device_id}, which is not there"
        yield Suspect("port", row.id, what, mend=partial(_delete, row.id))


def stray_router_namespaces(world: World) -> Iterator[Suspect]:
    """A namespace of this host for a router that nobody wants here."""
    cards = world.installation.state_dir / "network"
    if not cards.exists():
        return
    from vmctld.host.network.namespace import Namespace
    from vmctld.host.network.routers import HostRouters

    for name in HostRouters(cards).strays():
        yield Suspect(
            "router-namespace",
            name,
            "no router of this host has this network namespace",
            afterwards=Namespace(name).remove,
        )


def _delete(port_id: str, tx: Tx) -> None:
    tx.execute(delete(_PORTS).where(_PORTS.c.id == port_id, _PORTS.c.device_owner.in_(_OWNED)))
