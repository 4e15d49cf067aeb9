"""Floating IPs in the database; the address is held by a port of the external network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, delete, insert, or_, select, update

from vmctld.domain.names import looks_like_id
from vmctld.domain.paging import Page
from vmctld.domain.router import FLOATING_IP, ROUTER_GATEWAY, ROUTER_INTERFACE, FloatingIp
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.tables.network import FixedIpRow, PortRow
from vmctld.storage.tables.routers import FloatingIpRow, RouterRow

_FLOATING = core(FloatingIpRow)
_PORTS = core(PortRow)
_FIXED = core(FixedIpRow)
_ROUTERS = core(RouterRow)
_LEG_ADDRESS = _FIXED.alias("leg_address")
_GATEWAY = _PORTS.alias("gateway")


def insert_floating_ip(tx: Tx, floating: FloatingIp, external_port_id: str) -> None:
    """Keep a new one, whose address the port on the external network has already."""
    row = {
        "id": floating.id,
        "project_id": floating.project_id,
        "network_id": floating.network_id,
        "address": floating.address,
        "external_port_id": external_port_id,
        "port_id": floating.port_id,
        "created_at": floating.created_at,
    }
    tx.execute(insert(_FLOATING), row)


def floating_ips_named(
    tx: Tx, reference: str, project_id: str, *, any_owner: bool
) -> Sequence[FloatingIp]:
    """Return those that ``reference`` may mean: by address what the project has, or by id.

    With ``any_owner`` an id may be of another project's.
    """
    own = _FLOATING.c.project_id == project_id
    by_id = _FLOATING.c.id == looks_like_id(reference)
    by_address = (_FLOATING.c.address == reference.strip()) & own
    query = _query().where(or_(by_address, by_id if any_owner else by_id & own))
    return [_floating_ip(row) for row in tx.execute(query)]


def list_floating_ips(tx: Tx, project_id: str | None, page: Page) -> Sequence[FloatingIp]:
    """Return a page of a project's floating IPs (None: all there are), the oldest first."""
    query = _query()
    if project_id is not None:
        query = query.where(_FLOATING.c.project_id == project_id)
    rows = page_of(tx, query, (_FLOATING.c.created_at, _FLOATING.c.id), page)
    return [_floating_ip(row) for row in rows]


def through_router(tx: Tx, router_id: str, *, subnet_id: str | None = None) -> Sequence[FloatingIp]:
    """Return those that lead somewhere through a router, to one subnet or to any."""
    query = _query().where(_GATEWAY.c.device_id == router_id)
    if subnet_id is not None:
        query = query.where(_FIXED.c.subnet_id == subnet_id)
    return [_floating_ip(row) for row in tx.execute(query.order_by(_FLOATING.c.address))]


def leading_to_host(tx: Tx, host: str) -> Sequence[FloatingIp]:
    """Return those that lead to a port on a host."""
    here = select(_PORTS.c.id).where(_PORTS.c.host == host)
    query = _query().where(_FLOATING.c.port_id.in_(here)).order_by(_FLOATING.c.address)
    return [_floating_ip(row) for row in tx.execute(query)]


def lead_to(tx: Tx, floating_id: str, port_id: str | None) -> None:
    """Have one lead to a port, or to nothing."""
    tx.execute(update(_FLOATING).where(_FLOATING.c.id == floating_id).values(port_id=port_id))


def of_port(tx: Tx, port_id: str) -> str | None:
    """Return the address of the floating IP that leads to a port."""
    query = select(_FLOATING.c.address).where(_FLOATING.c.port_id == port_id)
    return tx.execute(query).scalar_one_or_none()


def delete_floating_ip(tx: Tx, floating_id: str) -> None:
    """Delete one, and the port that holds its address."""
    held = select(_FLOATING.c.external_port_id).where(_FLOATING.c.id == floating_id)
    port_id = tx.execute(held).scalar_one_or_none()
    tx.execute(delete(_FLOATING).where(_FLOATING.c.id == floating_id))
    owned = (_PORTS.c.id == port_id) & (_PORTS.c.device_owner == FLOATING_IP)
    tx.execute(delete(_PORTS).where(owned))


def _query() -> Select[Any]:
    """Select floating IPs with the address that they lead to, and the router on the way."""
    legs = (
        select(_PORTS.c.device_id.label("router_id"), _LEG_ADDRESS.c.subnet_id)
        .select_from(_ROUTERS)
        .join(_PORTS, _PORTS.c.device_id == _ROUTERS.c.id)
        .join(_LEG_ADDRESS, _LEG_ADDRESS.c.port_id == _PORTS.c.id)
        .where(_PORTS.c.device_owner == ROUTER_INTERFACE)
        .subquery()
    )
    to_gateway = and_(
        _GATEWAY.c.device_id == legs.c.router_id,
        _GATEWAY.c.device_owner == ROUTER_GATEWAY,
        _GATEWAY.c.network_id == _FLOATING.c.network_id,
    )
    return (
        select(_FLOATING, _FIXED.c.address.label("fixed"), _GATEWAY.c.device_id.label("router_id"))
        .select_from(_FLOATING)
        .outerjoin(_FIXED, _FIXED.c.port_id == _FLOATING.c.port_id)
        .outerjoin(legs, legs.c.subnet_id == _FIXED.c.subnet_id)
        .outerjoin(_GATEWAY, to_gateway)
    )


def _floating_ip(row: Row[Any]) -> FloatingIp:
    return FloatingIp(
        id=row.id,
        project_id=row.project_id,
        network_id=row.network_id,
        address=row.address,
        port_id=row.port_id,
        fixed_address=row.fixed,
        router_id=row.router_id,
        created_at=row.created_at,
    )
