"""Routers in the database; a router's legs are ports whose device it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, delete, exists, func, insert, or_, select, update

from vmctld.domain.names import looks_like_id
from vmctld.domain.paging import Page
from vmctld.domain.router import ROUTER_GATEWAY, ROUTER_INTERFACE, Router, RouterPort
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.tables.network import FixedIpRow, PortRow
from vmctld.storage.tables.routers import RouterRow

_ROUTERS = core(RouterRow)
_PORTS = core(PortRow)
_FIXED_IPS = core(FixedIpRow)
_OWNERS = (ROUTER_GATEWAY, ROUTER_INTERFACE)


def insert_router(tx: Tx, router: Router) -> None:
    """Keep a new router; its legs are ports."""
    row = {
        "id": router.id,
        "name": router.name,
        "project_id": router.project_id,
        "enable_snat": router.enable_snat,
        "host": None,
        "created_at": router.created_at,
    }
    tx.execute(insert(_ROUTERS), row)


def routers_named(tx: Tx, reference: str, project_id: str, *, any_owner: bool) -> Sequence[Router]:
    """Return those that ``reference`` may mean: by name what the project has, or by id.

    With ``any_owner`` an id may be of another project's router.
    """
    own = _ROUTERS.c.project_id == project_id
    by_id = _ROUTERS.c.id == looks_like_id(reference)
    by_name = (_ROUTERS.c.name == reference.strip()) & own
    query = select(_ROUTERS).where(or_(by_name, by_id if any_owner else by_id & own))
    return _routers_of(tx, tx.execute(query).all())


def list_routers(tx: Tx, project_id: str | None, page: Page) -> Sequence[Router]:
    """Return a page of a project's routers (None: all there are), sorted by name."""
    query = select(_ROUTERS)
    if project_id is not None:
        query = query.where(_ROUTERS.c.project_id == project_id)
    return _routers_of(tx, page_of(tx, query, (_ROUTERS.c.name, _ROUTERS.c.id), page))


def get_router(tx: Tx, router_id: str) -> Router | None:
    """Return one, or None."""
    rows = tx.execute(select(_ROUTERS).where(_ROUTERS.c.id == router_id)).all()
    return next(iter(_routers_of(tx, rows)), None)


def routers_on(tx: Tx, network_ids: Sequence[str]) -> Sequence[Router]:
    """Return the routers that have a leg on one of some networks, the oldest first."""
    legs = select(_PORTS.c.device_id).where(
        _PORTS.c.network_id.in_(network_ids), _PORTS.c.device_owner == ROUTER_INTERFACE
    )
    query = select(_ROUTERS).where(_ROUTERS.c.id.in_(legs)).order_by(_ROUTERS.c.created_at)
    return _routers_of(tx, tx.execute(query).all())


def set_snat(tx: Tx, router_id: str, *, enabled: bool) -> None:
    """Note whether guests without a floating address may reach out."""
    tx.execute(update(_ROUTERS).where(_ROUTERS.c.id == router_id).values(enable_snat=enabled))


def hosts_of(tx: Tx, router_ids: Sequence[str]) -> dict[str, str | None]:
    """Return which host has each router's own external address."""
    query = select(_ROUTERS.c.id, _ROUTERS.c.host).where(_ROUTERS.c.id.in_(router_ids))
    return {row.id: row.host for row in tx.execute(query)}


def claim(tx: Tx, router_id: str, host: str, instead_of: str | None) -> bool:
    """Give a router's external address to a host; False when another one was faster."""
    same = _ROUTERS.c.host.is_(None) if instead_of is None else _ROUTERS.c.host == instead_of
    statement = update(_ROUTERS).where(_ROUTERS.c.id == router_id, same).values(host=host)
    return tx.execute(statement).rowcount == 1


def has_guests_on(tx: Tx, host: str, network_ids: Sequence[str]) -> bool:
    """True when a host has cards on one of some networks."""
    query = select(func.count()).where(_PORTS.c.host == host, _PORTS.c.network_id.in_(network_ids))
    return bool(tx.execute(query).scalar_one())


def bridged_networks_on(tx: Tx, host: str, kind: str) -> Sequence[str]:
    """Return the networks on which a host has cards of a kind."""
    query = select(_PORTS.c.network_id).where(_PORTS.c.host == host, _PORTS.c.kind == kind)
    return tx.execute(query.distinct().order_by(_PORTS.c.network_id)).scalars().all()


def macs_of(tx: Tx, port_ids: Sequence[str]) -> dict[str, str]:
    """Return the MACs of some ports."""
    query = select(_PORTS.c.id, _PORTS.c.mac).where(_PORTS.c.id.in_(port_ids))
    return {row.id: row.mac for row in tx.execute(query)}


def delete_port(tx: Tx, port_id: str) -> None:
    """Delete a leg; absent is fine."""
    tx.execute(delete(_PORTS).where(_PORTS.c.id == port_id, _PORTS.c.device_owner.in_(_OWNERS)))


def delete_unused_router(tx: Tx, router_id: str) -> bool:
    """Delete a router without interfaces, with its gateway; False when it has one."""
    leg = (_PORTS.c.device_id == router_id) & (_PORTS.c.device_owner == ROUTER_INTERFACE)
    gone = tx.execute(delete(_ROUTERS).where(_ROUTERS.c.id == router_id, ~exists().where(leg)))
    if gone.rowcount == 1:
        tx.execute(
            delete(_PORTS).where(
                _PORTS.c.device_id == router_id, _PORTS.c.device_owner == ROUTER_GATEWAY
            )
        )
    return gone.rowcount == 1


def _routers_of(tx: Tx, rows: Iterable[Row[Any]]) -> list[Router]:
    rows = list(rows)
    query = (
        select(
            _PORTS.c.device_id,
            _PORTS.c.device_owner,
            _PORTS.c.id,
            _PORTS.c.network_id,
            _FIXED_IPS.c.subnet_id,
            _FIXED_IPS.c.address,
        )
        .join_from(_PORTS, _FIXED_IPS, _FIXED_IPS.c.port_id == _PORTS.c.id)
        .where(_PORTS.c.device_id.in_([row.id for row in rows]))
        .where(_PORTS.c.device_owner.in_(_OWNERS))
        .order_by(_PORTS.c.created_at, _PORTS.c.id)
    )
    legs: dict[tuple[str, str], list[RouterPort]] = {}
    for leg in tx.execute(query):
        port = RouterPort(leg.id, leg.network_id, leg.subnet_id, leg.address)
        legs.setdefault((leg.device_id, leg.device_owner), []).append(port)
    return [
        Router(
            id=row.id,
            name=row.name,
            project_id=row.project_id,
            enable_snat=row.enable_snat,
            gateway=next(iter(legs.get((row.id, ROUTER_GATEWAY), ())), None),
            interfaces=tuple(legs.get((row.id, ROUTER_INTERFACE), ())),
            created_at=row.created_at,
        )
        for row in rows
    ]
