"""Ports and the addresses they hold, in the database.

An address or a MAC is taken by insert: the table's key decides who has it, nobody looks first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, String, bindparam, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from vmctld.domain.firewall import AddressPair
from vmctld.domain.names import looks_like_id, not_found
from vmctld.domain.network import (
    BRIDGE,
    COMPUTE,
    DHCP,
    OF_DEFAULT_GROUP,
    FixedIp,
    Port,
    PortSecurity,
    PortStatus,
)
from vmctld.domain.paging import Page
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.network import FixedIpRow, PortRow

_PORTS = core(PortRow)
_FIXED_IPS = core(FixedIpRow)

_insert_port_if_absent = InsertIfAbsent(_PORTS)
_insert_address_if_absent = InsertIfAbsent(_FIXED_IPS)

_SERVICE_ADDRESS = (
    select(_FIXED_IPS.c.address)
    .join_from(_FIXED_IPS, _PORTS, _PORTS.c.id == _FIXED_IPS.c.port_id)
    .where(_FIXED_IPS.c.subnet_id == bindparam("subnet_id"), _PORTS.c.device_owner == DHCP)
)
_PORT_BY_ID = select(_PORTS).where(_PORTS.c.id == bindparam("port_id"))
_ADDRESSES_OF_PORT = select(_FIXED_IPS).where(_FIXED_IPS.c.port_id == bindparam("port_id"))
_BIND_PORT = (
    update(_PORTS)
    .where(
        _PORTS.c.id == bindparam("port_id"),
        _PORTS.c.project_id == bindparam("owner_id"),
        or_(_PORTS.c.device_id.is_(None), _PORTS.c.device_id == bindparam("instance_id")),
    )
    .values(
        device_id=bindparam("instance_id"),
        device_owner=COMPUTE,
        host=bindparam("new_host"),
        status=PortStatus.ACTIVE.value,
        updated_at=bindparam("now"),
    )
)
_HELD = (
    _PORTS.c.device_id == bindparam("instance_id"),
    or_(bindparam("on_host", type_=String).is_(None), _PORTS.c.host == bindparam("on_host")),
)
_RELEASE_ALL = (
    delete(_PORTS)
    .where(*_HELD, _PORTS.c.made_for_device)
    .returning(
        _PORTS.c.kind,
        _PORTS.c.project_id,
        _PORTS.c.security_group_ids,
        _PORTS.c.port_security,
        _PORTS.c.address_pairs,
    ),
    update(_PORTS)
    .where(*_HELD)
    .values(
        device_id=None,
        device_owner="",
        host=None,
        status=PortStatus.DOWN.value,
        updated_at=bindparam("now"),
    ),
)
_AMONG = _PORTS.c.id.in_(bindparam("port_ids", expanding=True))
_RELEASE_SOME = (_RELEASE_ALL[0].where(_AMONG), _RELEASE_ALL[1].where(_AMONG))


def insert_port(tx: Tx, port: Port, *, made_for_device: bool) -> bool:
    """Keep a new port without its addresses; False when its id or its MAC is taken.

    Raises NotFound when its network has been deleted meanwhile.
    """
    row = {
        "id": port.id,
        "name": port.name,
        "network_id": port.network_id,
        "project_id": port.project_id,
        "mac": port.mac,
        "device_id": port.device_id,
        "device_owner": port.device_owner,
        "made_for_device": made_for_device,
        "host": port.host,
        "kind": port.kind,
        "status": port.status.value,
        "created_at": port.created_at,
        "updated_at": port.created_at,
        **security_row(port.security),
    }
    try:
        return _insert_port_if_absent(tx, row)
    except IntegrityError as error:  # only a foreign key: unique ones are in the answer
        raise not_found(port.network_id, "network") from error


def take_address(tx: Tx, network_id: str, subnet_id: str, port_id: str, address: str) -> bool:
    """Give ``address`` to a port; False when another port of the network has it.

    Raises NotFound when the subnet has been deleted meanwhile.
    """
    row = {
        "network_id": network_id,
        "address": address,
        "subnet_id": subnet_id,
        "port_id": port_id,
    }
    try:
        return _insert_address_if_absent(tx, row)
    except IntegrityError as error:
        raise not_found(subnet_id, "subnet") from error


def get_port(tx: Tx, port_id: str) -> Port | None:
    """Return one, or None."""
    row = tx.execute(_PORT_BY_ID, {"port_id": port_id}).first()
    if row is None:
        return None
    addresses = tx.execute(_ADDRESSES_OF_PORT, {"port_id": port_id})
    return _port(row, tuple(FixedIp(a.subnet_id, a.address) for a in addresses))


def bind_port(
    tx: Tx, port_id: str, *, owner_id: str, instance_id: str, host: str, now: datetime
) -> bool:
    """Give a project's port to an instance on a host; False when another instance has it."""
    values = {
        "port_id": port_id,
        "owner_id": owner_id,
        "instance_id": instance_id,
        "new_host": host,
        "now": now,
    }
    return tx.execute(_BIND_PORT, values).rowcount == 1


def release_ports(
    tx: Tx, instance_id: str, *, port_ids: Sequence[str], host: str | None, now: datetime
) -> list[tuple[str, PortSecurity]]:
    """Take an instance's ports from it: those made for it are deleted, others stay, unbound.

    ``port_ids`` empty means all; ``host`` None means wherever they are wired.  Returns the
    project and the groups of the bridged ones that were deleted.
    """
    which: dict[str, Any] = {"instance_id": instance_id, "on_host": host, "now": now}
    if port_ids:
        which["port_ids"] = list(port_ids)
    delete_made, unbind_others = _RELEASE_SOME if port_ids else _RELEASE_ALL
    deleted = tx.execute(delete_made, which).all()
    tx.execute(unbind_others, which)
    return [(row.project_id, security_of(row)) for row in deleted if row.kind == BRIDGE]


def ports_named(tx: Tx, reference: str, project_id: str, *, any_owner: bool) -> Sequence[Port]:
    """Return those that ``reference`` may mean: by name what the project has, or by id.

    With ``any_owner`` an id may be of another project's port.
    """
    own = _PORTS.c.project_id == project_id
    by_id = _PORTS.c.id == looks_like_id(reference)
    by_name = (_PORTS.c.name == reference.strip()) & own
    query = select(_PORTS).where(or_(by_name, by_id if any_owner else by_id & own))
    return ports_of(tx, tx.execute(query).all())


def list_ports(
    tx: Tx,
    project_id: str | None,
    page: Page,
    *,
    network_id: str | None = None,
    device_id: str | None = None,
) -> Sequence[Port]:
    """Return a page of a project's ports (None: all there are), the oldest first."""
    query = select(_PORTS)
    if project_id is not None:
        query = query.where(_PORTS.c.project_id == project_id)
    if network_id is not None:
        query = query.where(_PORTS.c.network_id == network_id)
    if device_id is not None:
        query = query.where(_PORTS.c.device_id == device_id)
    return ports_of(tx, page_of(tx, query, (_PORTS.c.created_at, _PORTS.c.id), page))


def delete_unbound_port(tx: Tx, port_id: str) -> bool:
    """Delete a port that no instance has, with its addresses; False when one has it."""
    unbound = _PORTS.c.device_id.is_(None) & (_PORTS.c.device_owner != DHCP)
    return tx.execute(delete(_PORTS).where(_PORTS.c.id == port_id, unbound)).rowcount == 1


def service_address_on(tx: Tx, subnet_id: str) -> str | None:
    """Return the address that hosts have on a subnet themselves, None when none was taken yet."""
    return tx.execute(_SERVICE_ADDRESS, {"subnet_id": subnet_id}).scalar_one_or_none()


def delete_service_ports(
    tx: Tx, *, network_id: str | None = None, subnet_id: str | None = None
) -> None:
    """Delete the ports that serve a network or a subnet, if no other port is left there."""
    places = _FIXED_IPS.join(_PORTS, _PORTS.c.id == _FIXED_IPS.c.port_id)
    here = _FIXED_IPS.c.subnet_id == subnet_id if subnet_id else _PORTS.c.network_id == network_id
    used = select(_PORTS.c.id).select_from(places).where(here, _PORTS.c.device_owner != DHCP)
    if tx.execute(used.limit(1)).first() is None:
        mine = select(_PORTS.c.id).select_from(places).where(here, _PORTS.c.device_owner == DHCP)
        tx.execute(delete(_PORTS).where(_PORTS.c.id.in_(mine.scalar_subquery())))


def address_is_taken(tx: Tx, network_id: str, address: str) -> bool:
    """True when a port of the network has ``address``."""
    query = select(_FIXED_IPS.c.port_id).where(
        _FIXED_IPS.c.network_id == network_id, _FIXED_IPS.c.address == address
    )
    return tx.execute(query).first() is not None


def addresses_in(tx: Tx, subnet_id: str) -> Sequence[str]:
    """Return all addresses of a subnet that ports have, in no order."""
    query = select(_FIXED_IPS.c.address).where(_FIXED_IPS.c.subnet_id == subnet_id)
    return tx.execute(query).scalars().all()


def count_addresses(tx: Tx, subnet_id: str) -> int:
    """Return how many addresses of a subnet ports have."""
    query = select(func.count()).where(_FIXED_IPS.c.subnet_id == subnet_id)
    return tx.execute(query).scalar_one()


def port_ids_on(
    tx: Tx, *, network_id: str | None = None, subnet_id: str | None = None
) -> Sequence[str]:
    """Return the ids of the ports on a network, or with an address of a subnet.

    The hosts' own are not among them: they keep nothing from being deleted.
    """
    query = select(_PORTS.c.id).where(_PORTS.c.device_owner != DHCP).order_by(_PORTS.c.id)
    if subnet_id is not None:
        held = select(_FIXED_IPS.c.port_id).where(_FIXED_IPS.c.subnet_id == subnet_id)
        return tx.execute(query.where(_PORTS.c.id.in_(held))).scalars().all()
    return tx.execute(query.where(_PORTS.c.network_id == network_id)).scalars().all()


def ports_of(tx: Tx, rows: Iterable[Row[Any]]) -> list[Port]:
    """Return the ports of these rows, with their addresses."""
    rows = list(rows)
    addresses: dict[str, list[FixedIp]] = {row.id: [] for row in rows}
    query = select(_FIXED_IPS).where(_FIXED_IPS.c.port_id.in_(list(addresses)))
    for found in tx.execute(query):
        addresses[found.port_id].append(FixedIp(found.subnet_id, found.address))
    return [_port(row, tuple(addresses[row.id])) for row in rows]


def _port(row: Row[Any], fixed_ips: tuple[FixedIp, ...]) -> Port:
    return Port(
        id=row.id,
        name=row.name,
        network_id=row.network_id,
        project_id=row.project_id,
        mac=row.mac,
        fixed_ips=fixed_ips,
        device_id=row.device_id,
        host=row.host,
        kind=row.kind,
        status=PortStatus(row.status),
        created_at=row.created_at,
        device_owner=row.device_owner,
        security=security_of(row),
    )


def security_row(security: PortSecurity) -> dict[str, Any]:
    """Return what a port's row keeps of what is enforced there."""
    groups, pairs = security.group_ids, security.pairs
    return {
        "security_group_ids": None if groups is None else list(groups),
        "port_security": security.enabled,
        "address_pairs": [[pair.cidr, pair.mac] for pair in pairs] or None,
    }


def security_of(row: Any) -> PortSecurity:
    """Return what is enforced at the port of a row."""
    groups = row.security_group_ids
    if groups is None and row.port_security and not row.address_pairs:
        return OF_DEFAULT_GROUP
    return PortSecurity(
        group_ids=None if groups is None else tuple(groups),
        enabled=row.port_security,
        pairs=tuple(AddressPair(cidr, mac) for cidr, mac in row.address_pairs or ()),
    )
