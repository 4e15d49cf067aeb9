"""From groups to what hosts enforce: the rules of each port, and whom a group stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from vmctld.domain.clock import Clock
from vmctld.domain.firewall import AddressPair, GuardBook, GuardRule, PortGuard
from vmctld.domain.identity import Caller
from vmctld.domain.network import Port
from vmctld.domain.ownership import own_host
from vmctld.domain.security_group import DEFAULT_NAME, default_group_id, groups_at, new_group
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import port_security, security_groups

RulesByGroup = Mapping[str, Sequence[GuardRule]]


def ensure_default_group(tx: Tx, project_id: str, clock: Clock) -> None:
    """Make a project's default group on its first use; deleted rules of it stay away."""
    group_id = default_group_id(project_id)
    group = new_group(group_id, DEFAULT_NAME, project_id, "Default security group", clock())
    security_groups.insert_group(tx, group)


def rules_by_group(tx: Tx, group_ids: Collection[str]) -> dict[str, list[GuardRule]]:
    """Return what each of these groups allows; one that is gone allows nothing."""
    found: dict[str, list[GuardRule]] = {}
    for rule in security_groups.rules_of(tx, group_ids) if group_ids else ():
        found.setdefault(rule.group_id, []).append(rule.meaning)
    return found


def guard_of(port: Port, rules: RulesByGroup) -> PortGuard:
    """Return what is enforced at a port, each rule once."""
    groups = groups_at(port.security, port.project_id)
    allowed = dict.fromkeys(rule for group_id in groups for rule in rules.get(group_id, ()))
    return PortGuard(
        port_id=port.id,
        mac=port.mac,
        addresses=tuple(ip.address for ip in port.fixed_ips),
        rules=tuple(allowed),
        pairs=tuple(AddressPair(pair.cidr, pair.mac or port.mac) for pair in port.security.pairs),
        enabled=port.security.enabled,
    )


def guards_of(tx: Tx, some_ports: Sequence[Port]) -> dict[str, PortGuard]:
    """Return what is enforced at each of these ports, by port id."""
    group_ids = {one for p in some_ports for one in groups_at(p.security, p.project_id)}
    rules = rules_by_group(tx, group_ids)
    return {port.id: guard_of(port, rules) for port in some_ports}


def members_of(tx: Tx, group_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each group's ports, of those that may be used besides too."""
    known = security_groups.groups_of_ids(tx, group_ids) if group_ids else ()
    projects = {group.project_id for group in known}
    members: dict[str, set[str]] = {group.id: set() for group in known}
    addresses = port_security.addresses_in(tx, projects) if projects else {}
    for port in port_security.secured_in(tx, projects) if projects else ():
        for group_id in members.keys() & set(port.group_ids):
            members[group_id].update(addresses.get(port.port_id, ()))
            members[group_id].update(pair.cidr for pair in port.pairs)
    return {group_id: tuple(sorted(members[group_id])) for group_id in sorted(members)}


class HostGuards:
    """Tells agents what to enforce."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_host(self, caller: Caller, host: str, digest: str) -> GuardBook | None:
        """Return all that a host is to enforce; None when ``digest`` is of just that.

        Raises Forbidden (``other-host``) for the agent of another host.
        """
        own_host(caller, host)
        with self._database.read() as tx:
            bridged = port_security.bridged_on(tx, host)
            guards = guards_of(tx, bridged)
            named = _groups_named(guards.values())
            book = _book_of(bridged, guards, members_of(tx, named))
        return None if book.digest == digest else book


def _groups_named(guards: Iterable[PortGuard]) -> set[str]:
    return {
        rule.remote_group_id for guard in guards for rule in guard.rules if rule.remote_group_id
    }


def _book_of(
    bridged: Sequence[Port],
    guards: Mapping[str, PortGuard],
    members: Mapping[str, tuple[str, ...]],
) -> GuardBook:
    networks: dict[str, tuple[PortGuard, ...]] = {}
    for port in bridged:
        networks[port.network_id] = (*networks.get(port.network_id, ()), guards[port.id])
    book = GuardBook("", dict(sorted(networks.items())), dict(members))
    return replace(book, digest=hashlib.sha256(repr(book).encode()).hexdigest())
