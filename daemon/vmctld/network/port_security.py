"""What is enforced at ports: their groups, their further addresses, or nothing by choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network

from vmctld.domain.clock import Clock
from vmctld.domain.firewall import AddressPair
from vmctld.domain.identity import Caller
from vmctld.domain.names import looks_like_id, not_found, shown
from vmctld.domain.network import BRIDGE, DHCP, Port, PortSecurity
from vmctld.domain.security_group import SecurityGroup, groups_at
from vmctld.errors import InvalidRequest, NotFound, WrongState
from vmctld.network.affected import hosts_of_change
from vmctld.network.guards import ensure_default_group
from vmctld.network.lookup import GROUP, GROUP_HINT, find_port, find_security_group
from vmctld.network.macs import parse_mac
from vmctld.network.security_groups import TellHosts
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import port_security, security_groups

MAX_GROUPS = 32
MAX_PAIRS = 10  # neutron's


@dataclass(frozen=True, slots=True)
class SecurityWish:
    """What shall be enforced at a port; None: what is."""

    groups: Sequence[str] | None = None  # names or ids; empty: none
    enabled: bool | None = None
    pairs: Sequence[AddressPair] | None = None


class PortSecurities:
    """Rules for what is enforced at ports.  ``tell`` has hosts look again after a change."""

    def __init__(self, database: Database, clock: Clock, tell: TellHosts) -> None:
        self._database = database
        self._clock = clock
        self._tell = tell

    def update(self, caller: Caller, reference: str, wish: SecurityWish) -> Port:
        """Return the port, at which something else is enforced now.

        Raises NotFound, Conflict (ambiguous), InvalidRequest, WrongState (a host's own port).
        """

        def change(tx: Tx) -> tuple[Port, set[str]]:
            port = find_port(tx, caller, reference)
            after = security_from(tx, caller, port.security, wish, project_id=port.project_id)
            return self._keep(tx, port, after)

        port, hosts = self._database.run(change)
        self._tell(hosts)
        return port

    def groups_of_instance(self, caller: Caller, instance_id: str) -> Sequence[SecurityGroup]:
        """Return the groups of all ports of an instance, sorted by name."""

        def read(tx: Tx) -> Sequence[SecurityGroup]:
            found = _mine(tx, caller, instance_id)
            for project_id in {port.project_id for port in found}:
                ensure_default_group(tx, project_id, self._clock)
            ids = {one for port in found for one in groups_at(port.security, port.project_id)}
            return security_groups.groups_of_ids(tx, ids)

        return self._database.run(read)

    def add_to_instance(self, caller: Caller, instance_id: str, reference: str) -> bool:
        """Put all ports of an instance into a group; True when that is enforced.

        Raises NotFound, Conflict (ambiguous), WrongState (``no-network``,
        ``port-security-disabled``).
        """

        def add(tx: Tx) -> tuple[bool, set[str]]:
            found = _guarded_ports(tx, caller, instance_id)
            group = self._held_group(tx, caller, reference, found[0].project_id)
            hosts = set()
            for port in found:
                groups = groups_at(port.security, port.project_id)
                if group.id not in groups:
                    _check_count(len(groups) + 1)
                    after = replace(port.security, group_ids=(*groups, group.id))
                    hosts |= self._keep(tx, port, after)[1]
            return all(port.kind == BRIDGE for port in found), hosts

        enforced, hosts = self._database.run(add)
        self._tell(hosts)
        return enforced

    def remove_from_instance(self, caller: Caller, instance_id: str, reference: str) -> None:
        """Take all ports of an instance out of a group; what it alone allowed is cut off.

        Raises NotFound (also ``security-group-not-on-server``), Conflict (ambiguous), WrongState.
        """

        def remove(tx: Tx) -> set[str]:
            found = _guarded_ports(tx, caller, instance_id)
            group = self._held_group(tx, caller, reference, found[0].project_id)
            inside = [
                port for port in found if group.id in groups_at(port.security, port.project_id)
            ]
            if not inside:
                raise NotFound(
                    f"the server is not in the security group {shown(group.name)}",
                    code="security-group-not-on-server",
                    hint="vmctl list-secgroup SERVER shows those that it is in",
                    facts={"id": group.id, "instance_id": instance_id},
                )
            hosts = set()
            for port in inside:
                groups = groups_at(port.security, port.project_id)
                left = tuple(one for one in groups if one != group.id)
                hosts |= self._keep(tx, port, replace(port.security, group_ids=left))[1]
            return hosts

        self._tell(self._database.run(remove))

    def _held_group(self, tx: Tx, caller: Caller, reference: str, project_id: str) -> SecurityGroup:
        ensure_default_group(tx, project_id, self._clock)
        group = find_security_group(tx, caller, reference)
        if group.project_id != project_id or group.id not in security_groups.hold(tx, [group.id]):
            raise not_found(reference, GROUP, hint=GROUP_HINT)
        return group

    def _keep(self, tx: Tx, port: Port, after: PortSecurity) -> tuple[Port, set[str]]:
        if port.device_owner == DHCP:
            raise WrongState(
                "nothing is enforced at a port of the hosts themselves",
                code="port-of-hosts",
                facts={"port_id": port.id},
            )
        if not port_security.set_security(tx, port.id, after, self._clock()):
            raise not_found(port.id, "port")
        host = port.host if port.kind == BRIDGE else None
        hosts = hosts_of_change(tx, port.project_id, port.security, after, host)
        return replace(port, security=after), hosts


def security_from(
    tx: Tx, caller: Caller, before: PortSecurity, wish: SecurityWish, *, project_id: str
) -> PortSecurity:
    """Return what a port has by a wish; its groups are there until the transaction ends.

    Raises NotFound, Conflict (ambiguous), InvalidRequest.
    """
    enabled = before.enabled if wish.enabled is None else wish.enabled
    pairs = before.pairs if wish.pairs is None else parse_pairs(wish.pairs)
    if not enabled:
        if wish.groups or (wish.pairs and pairs):
            raise InvalidRequest(
                "a port at which nothing is enforced has no groups and no address pairs",
                code="port-security-disabled",
                hint="leave them out, or enable port security",
            )
        return PortSecurity(group_ids=(), enabled=False)
    groups = before.group_ids if before.enabled else None
    if wish.groups is not None:
        groups = group_ids_of(tx, caller, wish.groups, project_id=project_id)
    return PortSecurity(group_ids=groups, enabled=True, pairs=pairs)


def group_ids_of(
    tx: Tx, caller: Caller, references: Sequence[str], *, project_id: str
) -> tuple[str, ...]:
    """Return the ids of groups by name or id, each once; they stay until ``tx`` ends."""
    found = [find_security_group(tx, caller, reference) for reference in references]
    _check_count(len(found))
    ids = tuple(dict.fromkeys(group.id for group in found))
    held = security_groups.hold(tx, ids)
    for group in found:
        if group.id not in held or group.project_id != project_id:
            raise not_found(group.id, GROUP, hint=GROUP_HINT)
    return ids


def parse_pairs(pairs: Sequence[AddressPair]) -> tuple[AddressPair, ...]:
    """Return address pairs in their usual form, each once.  Raises InvalidRequest."""
    if len(pairs) > MAX_PAIRS:
        raise InvalidRequest(
            f"{len(pairs)} address pairs; a port has {MAX_PAIRS} at most",
            code="too-many-address-pairs",
        )
    return tuple(dict.fromkeys(map(_parsed_pair, pairs)))


def _parsed_pair(pair: AddressPair) -> AddressPair:
    try:
        cidr = ip_network(pair.cidr.strip(), strict=False)
    except ValueError:
        raise InvalidRequest(
            f"{shown(pair.cidr[:64])} is no address and no range",
            code="invalid-address-pair",
            hint="for instance ip_address=10.20.0.50",
        ) from None
    if cidr.prefixlen == 0:
        raise InvalidRequest(
            "an address pair of all addresses would allow every source",
            code="invalid-address-pair",
            hint="--disable-port-security says so openly",
        )
    whole = cidr.prefixlen == cidr.max_prefixlen
    mac = parse_mac(pair.mac) if pair.mac.strip() else ""
    return AddressPair(str(cidr.network_address) if whole else str(cidr), mac)


def _check_count(count: int) -> None:
    if count > MAX_GROUPS:
        raise InvalidRequest(
            f"{count} security groups; a port is in {MAX_GROUPS} at most",
            code="too-many-security-groups",
        )


def _mine(tx: Tx, caller: Caller, instance_id: str) -> list[Port]:
    device_id = looks_like_id(instance_id)
    found = port_security.of_instance(tx, device_id) if device_id else []
    return [port for port in found if caller.is_admin or port.project_id == caller.project_id]


def _ports_of_instance(tx: Tx, caller: Caller, instance_id: str) -> list[Port]:
    mine = _mine(tx, caller, instance_id)
    if not mine:
        raise WrongState(
            "The server has no network card.",
            code="no-network",
            facts={"instance_id": instance_id[:64]},
        )
    return mine


def _guarded_ports(tx: Tx, caller: Caller, instance_id: str) -> list[Port]:
    found = [port for port in _ports_of_instance(tx, caller, instance_id) if port.security.enabled]
    if not found:
        raise WrongState(
            "port security is disabled at all ports of the server",
            code="port-security-disabled",
            hint="vmctl port-update --enable-port-security PORT",
            facts={"instance_id": instance_id},
        )
    return found
