"""Networks in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, insert, or_, select

from vmctld.domain.names import looks_like_id
from vmctld.domain.network import Network
from vmctld.domain.paging import Page
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.tables.network import NetworkRow, PortRow, SubnetRow

_NETWORKS = core(NetworkRow)
_SUBNETS = core(SubnetRow)
_PORTS = core(PortRow)


def insert_network(tx: Tx, network: Network) -> None:
    """Keep a new network; its subnets come by themselves."""
    row = {
        "id": network.id,
        "name": network.name,
        "project_id": network.project_id,
        "shared": network.shared,
        "mtu_bytes": network.mtu_bytes,
        "external": network.external,
        "physical": network.physical,
        "created_at": network.created_at,
    }
    tx.execute(insert(_NETWORKS), row)


def get_network(tx: Tx, network_id: str) -> Network | None:
    """Return one, or None."""
    rows = tx.execute(select(_NETWORKS).where(_NETWORKS.c.id == network_id)).all()
    return next(iter(_networks_of(tx, rows)), None)


def networks_with(tx: Tx, network_ids: Sequence[str]) -> Sequence[Network]:
    """Return those of some ids that there are."""
    return _networks_of(tx, tx.execute(select(_NETWORKS).where(_NETWORKS.c.id.in_(network_ids))))


def networks_named(
    tx: Tx, reference: str, project_id: str, *, any_owner: bool
) -> Sequence[Network]:
    """Return those that ``reference`` may mean: by name what the project sees, or by id.

    With ``any_owner`` an id may be of another project's network.
    """
    visible = _visible_to(project_id)
    by_id = _NETWORKS.c.id == looks_like_id(reference)
    by_name = (_NETWORKS.c.name == reference.strip()) & visible
    query = select(_NETWORKS).where(or_(by_name, by_id if any_owner else by_id & visible))
    return _networks_of(tx, tx.execute(query).all())


def list_networks(tx: Tx, project_id: str | None, page: Page) -> Sequence[Network]:
    """Return a page of what a project sees (None: all there are), sorted by name."""
    query = select(_NETWORKS)
    if project_id is not None:
        query = query.where(_visible_to(project_id))
    return _networks_of(tx, page_of(tx, query, (_NETWORKS.c.name, _NETWORKS.c.id), page))


def visible_networks(tx: Tx, project_id: str) -> Sequence[Network]:
    """Return all on which a project may have servers, the oldest first."""
    query = select(_NETWORKS).where(_visible_to(project_id), ~_NETWORKS.c.external)
    return _networks_of(tx, tx.execute(query.order_by(_NETWORKS.c.created_at)).all())


def delete_unused_network(tx: Tx, network_id: str) -> bool:
    """Delete a network that has no port, with its subnets; False when it has one."""
    unused = ~exists().where(_PORTS.c.network_id == network_id)
    tx.execute(delete(_SUBNETS).where(_SUBNETS.c.network_id == network_id, unused))
    gone = tx.execute(delete(_NETWORKS).where(_NETWORKS.c.id == network_id, unused))
    return gone.rowcount == 1


def _visible_to(project_id: str) -> ColumnElement[bool]:
    own = _NETWORKS.c.project_id == project_id
    return or_(own, _NETWORKS.c.shared, _NETWORKS.c.external)


def _networks_of(tx: Tx, rows: Iterable[Row[Any]]) -> list[Network]:
    rows = list(rows)
    query = select(_SUBNETS.c.network_id, _SUBNETS.c.id)
    query = query.where(_SUBNETS.c.network_id.in_([row.id for row in rows]))
    subnet_ids: dict[str, list[str]] = {row.id: [] for row in rows}
    for network_id, subnet_id in tx.execute(query.order_by(_SUBNETS.c.created_at, _SUBNETS.c.id)):
        subnet_ids[network_id].append(subnet_id)
    return [_network(row, tuple(subnet_ids[row.id])) for row in rows]


def _network(row: Row[Any], subnet_ids: tuple[str, ...]) -> Network:
    return Network(
        id=row.id,
        name=row.name,
        project_id=row.project_id,
        shared=row.shared,
        mtu_bytes=row.mtu_bytes,
        subnet_ids=subnet_ids,
        created_at=row.created_at,
        external=row.external,
        physical=row.physical,
    )
