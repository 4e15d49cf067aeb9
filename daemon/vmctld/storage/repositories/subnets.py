"""Subnets in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, insert, or_, select

from vmctld.domain.names import looks_like_id
from vmctld.domain.network import AllocationPool, Subnet
from vmctld.domain.paging import Page
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.tables.network import FixedIpRow, NetworkRow, SubnetRow

_SUBNETS = core(SubnetRow)
_NETWORKS = core(NetworkRow)
_FIXED_IPS = core(FixedIpRow)


def insert_subnet(tx: Tx, subnet: Subnet) -> None:
    """Keep a new subnet."""
    row = {
        "id": subnet.id,
        "name": subnet.name,
        "network_id": subnet.network_id,
        "project_id": subnet.project_id,
        "cidr": subnet.cidr,
        "gateway": subnet.gateway,
        "dns_servers": list(subnet.dns_servers),
        "pools": [[pool.first, pool.last] for pool in subnet.pools],
        "created_at": subnet.created_at,
    }
    tx.execute(insert(_SUBNETS), row)


def subnets_of(tx: Tx, network_ids: Sequence[str]) -> Sequence[Subnet]:
    """Return all subnets of some networks, the oldest first: addresses come from it first."""
    query = select(_SUBNETS).where(_SUBNETS.c.network_id.in_(network_ids))
    return [_subnet(row) for row in tx.execute(query.order_by(_SUBNETS.c.created_at))]


def subnets_named(tx: Tx, reference: str, project_id: str, *, any_owner: bool) -> Sequence[Subnet]:
    """Return those that ``reference`` may mean: by name what the project sees, or by id.

    With ``any_owner`` an id may be of another project's subnet.
    """
    visible = _visible_to(project_id)
    by_id = _SUBNETS.c.id == looks_like_id(reference)
    by_name = (_SUBNETS.c.name == reference.strip()) & visible
    query = select(_SUBNETS).where(or_(by_name, by_id if any_owner else by_id & visible))
    return [_subnet(row) for row in tx.execute(query)]


def list_subnets(
    tx: Tx, project_id: str | None, page: Page, *, network_id: str | None = None
) -> Sequence[Subnet]:
    """Return a page of what a project sees (None: all there are), sorted by name, then CIDR."""
    query = select(_SUBNETS)
    if project_id is not None:
        query = query.where(_visible_to(project_id))
    if network_id is not None:
        query = query.where(_SUBNETS.c.network_id == network_id)
    order = (_SUBNETS.c.name, _SUBNETS.c.cidr, _SUBNETS.c.id)
    return [_subnet(row) for row in page_of(tx, query, order, page)]


def delete_unused_subnet(tx: Tx, subnet_id: str) -> bool:
    """Delete a subnet that no port has an address of; False when one has."""
    unused = ~exists().where(_FIXED_IPS.c.subnet_id == subnet_id)
    return tx.execute(delete(_SUBNETS).where(_SUBNETS.c.id == subnet_id, unused)).rowcount == 1


def _visible_to(project_id: str) -> ColumnElement[bool]:
    # A shared network's subnets are everybody's to see, whoever made them.
    shared = select(_NETWORKS.c.id).where(_NETWORKS.c.shared)
    return or_(_SUBNETS.c.project_id == project_id, _SUBNETS.c.network_id.in_(shared))


def _subnet(row: Row[Any]) -> Subnet:
    return Subnet(
        id=row.id,
        name=row.name,
        network_id=row.network_id,
        project_id=row.project_id,
        cidr=row.cidr,
        gateway=row.gateway,
        dns_servers=tuple(row.dns_servers),
        pools=tuple(AllocationPool(first, last) for first, last in row.pools),
        created_at=row.created_at,
    )
