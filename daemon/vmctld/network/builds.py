"""Ports of an instance: made or bound for its build, given back at its end (steps 22-24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller, TokenKind
from vmctld.domain.instance import Nic
from vmctld.domain.names import not_found
from vmctld.domain.network import (
    BRIDGE,
    COMPUTE,
    OF_DEFAULT_GROUP,
    Network,
    Port,
    PortSecurity,
    PortStatus,
    PortWiring,
    Subnet,
)
from vmctld.domain.ownership import own_host
from vmctld.domain.security_group import groups_at
from vmctld.errors import Forbidden
from vmctld.network.affected import hosts_that_name
from vmctld.network.guards import ensure_default_group, guards_of
from vmctld.network.lookup import GROUP, GROUP_HINT
from vmctld.network.port_maker import PortMaker
from vmctld.network.refusals import port_in_use
from vmctld.network.security_groups import TellHosts
from vmctld.network.service_ports import ServicePorts
from vmctld.network.topology import NetworkPlan, Topology
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import ports, security_groups, subnets


class BuildPorts:
    """What the agent asks of the network for a build."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        topology: Topology,
        maker: PortMaker,
        kind: str,
        tell: TellHosts,
    ) -> None:
        self._tell = tell
        self._service_ports = ServicePorts(clock, maker)
        self._database = database
        self._clock = clock
        self._topology = topology
        self._maker = maker
        self._kind = kind

    def ensure_ports(
        self, caller: Caller, instance_id: str, host: str, nics: Sequence[Nic]
    ) -> tuple[PortWiring, ...]:
        """Make sure that the instance has these ports, all or none, and tell how to wire them.

        Ids were drawn when the boot was accepted: a second run finds the first one's ports.
        Raises NotFound, WrongState (``port-in-use``), Conflict (``address-in-use``),
        Exhausted (``no-free-address``).
        """
        _require_build_of(caller, instance_id)
        plans = {nic.network_id: self._plan_for(caller, nic.network_id) for nic in nics}

        def ensure(tx: Tx) -> tuple[tuple[PortWiring, ...], set[str]]:
            wirings, bridged = [], []
            for nic in nics:
                plan = plans[nic.network_id]
                port = self._ensure_port(tx, caller, instance_id, host, nic, plan)
                wirings.append(self._wiring(tx, port, plan.network, _subnet_of(tx, port, plan)))
                bridged += [port] if port.kind == BRIDGE else []
            return tuple(wirings), self._hosts_to_tell(tx, bridged) - {host}

        wirings, hosts = self._database.run(ensure) if nics else ((), set())
        self._tell(hosts)
        return wirings

    def release_ports(
        self,
        caller: Caller,
        instance_id: str,
        port_ids: Sequence[str] = (),
        *,
        host: str | None = None,
    ) -> None:
        """Take ports from an instance: those made for it are deleted, others stay, unbound.

        Without ``port_ids`` all of them; with ``host`` only those wired there, so that a late
        undo spares what the next host was given.  An agent gives back what its own host has.
        Absent ones are fine.  Raises Forbidden.
        """
        if caller.kind is TokenKind.BUILD or not caller.is_admin:
            _require_build_of(caller, instance_id)
        host = own_host(caller, host)
        now = self._clock()

        def release(tx: Tx) -> set[str]:
            gone = ports.release_ports(tx, instance_id, port_ids=port_ids, host=host, now=now)
            left = {one for project_id, was in gone for one in groups_at(was, project_id)}
            return hosts_that_name(tx, left)

        self._tell(self._database.run(release))

    def _hosts_to_tell(self, tx: Tx, bridged: Sequence[Port]) -> set[str]:
        """Return the hosts on which others have rules for what these ports are in."""
        return hosts_that_name(
            tx, {one for port in bridged for one in groups_at(port.security, port.project_id)}
        )

    def _plan_for(self, caller: Caller, network_id: str) -> NetworkPlan:
        plan = self._topology.network(network_id)
        if plan is None or not plan.network.is_visible_to(caller.project_id):
            raise not_found(network_id, "network")
        return plan

    def _ensure_port(
        self, tx: Tx, caller: Caller, instance_id: str, host: str, nic: Nic, plan: NetworkPlan
    ) -> Port:
        if not nic.existing:
            port = self._new_port(caller, instance_id, host, nic)
            _hold_groups(tx, nic)
            made = self._maker.make(tx, port, plan, nic.fixed_ip, made_for_device=True)
            if made is not None:
                return made
        found = ports.get_port(tx, nic.port_id)
        if found is None or (found.project_id, found.network_id) != (
            caller.project_id,
            nic.network_id,
        ):
            raise not_found(nic.port_id, "port")
        bound = ports.bind_port(
            tx,
            nic.port_id,
            owner_id=caller.project_id,
            instance_id=instance_id,
            host=host,
            now=self._clock(),
        )
        if not bound:
            raise port_in_use(found)
        return found

    def _new_port(self, caller: Caller, instance_id: str, host: str, nic: Nic) -> Port:
        return Port(
            id=nic.port_id,
            name="",
            network_id=nic.network_id,
            project_id=caller.project_id,
            mac="",
            fixed_ips=(),
            device_id=instance_id,
            host=host,
            kind=self._kind,
            status=PortStatus.ACTIVE,
            created_at=self._clock(),
            device_owner=COMPUTE,
            security=PortSecurity(nic.security_group_ids)
            if nic.security_group_ids
            else OF_DEFAULT_GROUP,
        )

    def _wiring(self, tx: Tx, port: Port, network: Network, subnet: Subnet) -> PortWiring:
        wiring = _plain_wiring(port, network, subnet)
        if port.kind != BRIDGE:
            return wiring
        if port.security == OF_DEFAULT_GROUP:
            ensure_default_group(tx, port.project_id, self._clock)
        return replace(
            wiring,
            service_address=self._service_ports.address_on(tx, network, subnet),
            guard=guards_of(tx, [port])[port.id],
        )


def _hold_groups(tx: Tx, nic: Nic) -> None:
    """Have the groups of a port to be made stay; raises NotFound for one that is gone."""
    if nic.security_group_ids:
        held = security_groups.hold(tx, nic.security_group_ids)
        for group_id in nic.security_group_ids:
            if group_id not in held:
                raise not_found(group_id, GROUP, hint=GROUP_HINT)


def _require_build_of(caller: Caller, instance_id: str) -> None:
    if caller.kind is TokenKind.BUILD and caller.instance_id == instance_id:
        return
    raise Forbidden(
        "only the build of an instance may touch the instance's ports",
        code="build-only",
        facts={"instance_id": instance_id},
    )


def _subnet_of(tx: Tx, port: Port, plan: NetworkPlan) -> Subnet:
    known = {subnet.id: subnet for subnet in plan.subnets}
    subnet_id = port.fixed_ips[0].subnet_id
    if subnet_id not in known:  # made by another process since the plan was read
        known = {subnet.id: subnet for subnet in subnets.subnets_of(tx, [plan.network.id])}
    return known[subnet_id]


def _plain_wiring(port: Port, network: Network, subnet: Subnet) -> PortWiring:
    return PortWiring(
        port_id=port.id,
        network_id=network.id,
        network_name=network.name,
        kind=port.kind,
        mac=port.mac,
        mtu_bytes=network.mtu_bytes,
        address=port.fixed_ips[0].address,
        prefix_length=int(subnet.cidr.rpartition("/")[2]),
        cidr=subnet.cidr,
        gateway=subnet.gateway,
        dns_servers=subnet.dns_servers,
        subnet_id=subnet.id,
    )
