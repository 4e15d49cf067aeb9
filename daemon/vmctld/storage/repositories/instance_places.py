"""Where instances are, and which hosts have how much to do for them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, text

from vmctld.domain.instance import VmState
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.compute import BUSY, InstanceRow

_C = core(InstanceRow).c
# In the words of its index, which both databases compare word by word
_BUSY = (
    select(_C.host, func.count())
    .where(text(f"({BUSY})"), _C.host.is_not(None), _C.vm_state != VmState.DELETED.value)
    .group_by(_C.host)
)


def hosts_of(tx: Tx, instance_ids: Sequence[str]) -> list[str]:
    """Return the hosts that these instances are on."""
    query = select(_C.host).distinct().where(_C.id.in_(instance_ids), _C.host.is_not(None))
    return list(tx.execute(query).scalars())


def busy_on_hosts(tx: Tx) -> dict[str, int]:
    """Return on how many instances each host works; hosts without one are absent."""
    return {host: int(number) for host, number in tx.execute(_BUSY)}


def named_on_host(tx: Tx, host: str) -> list[tuple[str, str]]:
    """Return id and name of the living instances of a host, sorted by name."""
    query = (
        select(_C.id, _C.name)
        .where(_C.host == host, _C.vm_state != VmState.DELETED.value)
        .order_by(_C.name, _C.id)
    )
    return [(row.id, row.name) for row in tx.execute(query)]
