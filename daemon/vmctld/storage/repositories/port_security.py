"""What is enforced at ports, in the database: who is in a group, and where that matters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from vmctld.domain.firewall import AddressPair
from vmctld.domain.network import BRIDGE, DHCP, Port, PortSecurity
from vmctld.domain.security_group import groups_at
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories.ports import ports_of, security_of, security_row
from vmctld.storage.tables.network import FixedIpRow, PortRow

_PORTS = core(PortRow)
_FIXED_IPS = core(FixedIpRow)
_ON_HOST = (
    select(_PORTS)
    .where(_PORTS.c.host == bindparam("here"), _PORTS.c.kind == BRIDGE)
    .order_by(_PORTS.c.id)
)
_SECURED = (
    _PORTS.c.id,
    _PORTS.c.project_id,
    _PORTS.c.host,
    _PORTS.c.kind,
    _PORTS.c.device_id,
    _PORTS.c.security_group_ids,
    _PORTS.c.port_security,
    _PORTS.c.address_pairs,
)


@dataclass(frozen=True, slots=True)
class Secured:
    """A port, as far as its groups go."""

    port_id: str
    host: str | None
    kind: str
    device_id: str | None
    group_ids: tuple[str, ...]  # the default one by its id
    pairs: tuple[AddressPair, ...]


def set_security(tx: Tx, port_id: str, security: PortSecurity, now: datetime) -> bool:
    """Keep what is enforced at a port; False when it is gone."""
    values = security_row(security) | {"updated_at": now}
    return tx.execute(update(_PORTS).where(_PORTS.c.id == port_id).values(values)).rowcount == 1


def bridged_on(tx: Tx, host: str) -> Sequence[Port]:
    """Return the ports that a host wires to its bridges."""
    return ports_of(tx, tx.execute(_ON_HOST, {"here": host}).all())


def secured_in(tx: Tx, project_ids: Collection[str]) -> Iterator[Secured]:
    """Return the ports of these projects; the hosts' own are in no group."""
    query = select(*_SECURED).where(
        _PORTS.c.project_id.in_(list(project_ids)), _PORTS.c.device_owner != DHCP
    )
    for row in tx.execute(query):
        security = security_of(row)
        group_ids = groups_at(security, row.project_id)
        yield Secured(row.id, row.host, row.kind, row.device_id, group_ids, security.pairs)


def addresses_in(tx: Tx, project_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the addresses of these projects' ports, by port id."""
    query = select(_FIXED_IPS.c.port_id, _FIXED_IPS.c.address).join(
        _PORTS, _PORTS.c.id == _FIXED_IPS.c.port_id
    )
    found: dict[str, list[str]] = {}
    for row in tx.execute(query.where(_PORTS.c.project_id.in_(list(project_ids)))):
        found.setdefault(row.port_id, []).append(row.address)
    return found


def of_instance(tx: Tx, instance_id: str) -> list[Port]:
    """Return the ports of an instance, oldest first."""
    query = select(_PORTS).where(_PORTS.c.device_id == instance_id)
    return ports_of(tx, tx.execute(query.order_by(_PORTS.c.created_at, _PORTS.c.id)).all())
