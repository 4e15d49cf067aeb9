"""Which hosts have to hear of a change: those with a bridged port that is enforced otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from vmctld.domain.network import BRIDGE, PortSecurity
from vmctld.domain.security_group import groups_at
from vmctld.storage.database import Tx
from vmctld.storage.repositories import port_security, security_groups


def hosts_with(tx: Tx, groups: Iterable[tuple[str, str]]) -> set[str]:
    """Return the hosts that have a port in one of these groups, each with its project's id."""
    by_id = dict(groups)
    if not by_id:
        return set()
    return {
        port.host
        for port in port_security.secured_in(tx, set(by_id.values()))
        if port.host is not None
        and port.kind == BRIDGE
        and not by_id.keys().isdisjoint(port.group_ids)
    }


def hosts_that_name(tx: Tx, group_ids: Collection[str]) -> set[str]:
    """Return the hosts that have a port with a rule for the members of these groups."""
    if not group_ids:
        return set()
    return hosts_with(tx, security_groups.groups_that_name(tx, group_ids))


def hosts_of_change(
    tx: Tx, project_id: str, before: PortSecurity, after: PortSecurity, host: str | None
) -> set[str]:
    """Return the hosts to tell when what is enforced at a port on ``host`` has changed."""
    old = groups_at(before, project_id)
    new = groups_at(after, project_id)
    moved = set(old) ^ set(new) if before.pairs == after.pairs else {*old, *new}
    return hosts_that_name(tx, moved) | ({host} if host else set())
