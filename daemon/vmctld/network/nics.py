"""Which networks and ports a boot request means, checked before it is accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import only_match
from vmctld.domain.network import NicRequest, ResolvedNic
from vmctld.errors import Conflict, Fact, InvalidRequest
from vmctld.network.addresses import parse_address, subnet_of_address
from vmctld.network.guards import ensure_default_group
from vmctld.network.ipam import AddressPicker
from vmctld.network.lookup import NETWORK_HINT, PORT_HINT
from vmctld.network.port_security import group_ids_of
from vmctld.network.refusals import address_in_use, port_in_use, without_subnet
from vmctld.network.topology import NetworkPlan, Topology
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import ports

LISTED_NETWORKS = 20


class NicResolver:
    """Turns what a user asked for into networks, ports and addresses, by nova's rules."""

    def __init__(
        self, database: Database, clock: Clock, topology: Topology, picker: AddressPicker
    ) -> None:
        self._database = database
        self._clock = clock
        self._topology = topology
        self._picker = picker

    def resolve_nics(
        self, caller: Caller, requests: Sequence[NicRequest], groups: Sequence[str] = ()
    ) -> tuple[ResolvedNic, ...]:
        """Return one network card per request; for none, the only network that there is.

        No network at all means no card.  Ports to be made are in ``groups``, or in the
        project's default one.  Raises NotFound, InvalidRequest, Conflict
        (``multiple-networks``, ``address-in-use``), WrongState (``port-in-use``,
        ``network-without-subnet``), Exhausted (``no-free-address``).
        """
        visible = self._topology.visible_to(caller.project_id)
        if requests:
            nics = tuple(self._resolve(caller, request, visible) for request in requests)
            _check_distinct(nics)
        else:
            nics = _only_network(visible)
        self._check_room(nics, {plan.network.id: plan for plan in visible})
        return self._in_groups(caller, nics, groups) if groups else nics

    def _in_groups(
        self, caller: Caller, nics: Sequence[ResolvedNic], references: Sequence[str]
    ) -> tuple[ResolvedNic, ...]:
        project_id = caller.project_id

        def resolve(tx: Tx) -> tuple[str, ...]:
            ensure_default_group(tx, project_id, self._clock)
            return group_ids_of(tx, caller, references, project_id=project_id)

        group_ids = self._database.run(resolve)
        return tuple(
            nic if nic.port_id else replace(nic, security_group_ids=group_ids) for nic in nics
        )

    def _resolve(
        self, caller: Caller, request: NicRequest, visible: Sequence[NetworkPlan]
    ) -> ResolvedNic:
        if request.port_id:
            return self._resolve_port(caller, request)
        if not request.network:
            raise InvalidRequest(
                "a network card needs a network or a port",
                code="invalid-nic",
                hint="--nic net-id=NETWORK or --nic port-id=PORT",
            )
        networks = [plan.network for plan in visible]
        network = only_match(networks, request.network, "network", hint=NETWORK_HINT)
        plan = next(plan for plan in visible if plan.network.id == network.id)
        if not plan.subnets:
            raise without_subnet(network)
        fixed_ip = self._free_address(plan, request.fixed_ip) if request.fixed_ip else None
        return ResolvedNic(network.id, None, fixed_ip)

    def _resolve_port(self, caller: Caller, request: NicRequest) -> ResolvedNic:
        if request.network or request.fixed_ip:
            raise InvalidRequest(
                "a port has its network and its address already",
                code="invalid-nic",
                hint="name the port alone",
            )
        reference = request.port_id or ""
        with self._database.read() as tx:
            found = ports.ports_named(tx, reference, caller.project_id, any_owner=False)
        port = only_match(found, reference, "port", hint=PORT_HINT)
        if port.device_id is not None:
            raise port_in_use(port)
        return ResolvedNic(port.network_id, port.id, None)

    def _free_address(self, plan: NetworkPlan, fixed_ip: str) -> str:
        wanted = parse_address(fixed_ip, "fixed-ip")
        subnet_of_address(wanted, plan.subnets)
        with self._database.read() as tx:
            if ports.address_is_taken(tx, plan.network.id, str(wanted)):
                raise address_in_use(str(wanted), plan.network.id)
        return str(wanted)

    def _check_room(self, nics: Sequence[ResolvedNic], plans: dict[str, NetworkPlan]) -> None:
        wanted = Counter(
            nic.network_id for nic in nics if nic.port_id is None and nic.fixed_ip is None
        )
        for network_id, count in wanted.items():
            subnets = plans[network_id].subnets
            if not self._picker.surely_has_room(subnets, count):
                with self._database.read() as tx:
                    self._picker.check_room(tx, subnets, count)


def _only_network(visible: Sequence[NetworkPlan]) -> tuple[ResolvedNic, ...]:
    if not visible:
        return ()
    if len(visible) > 1:
        names: list[Fact] = [plan.network.name for plan in visible[:LISTED_NETWORKS]]
        raise Conflict(
            "Multiple possible networks found, use a Network ID to be more specific.",  # nova's
            code="multiple-networks",
            hint="--nic net-name=NETWORK",
            facts={"count": len(visible), "networks": names},
        )
    if not visible[0].subnets:
        raise without_subnet(visible[0].network)
    return (ResolvedNic(visible[0].network.id, None, None),)


def _check_distinct(nics: Sequence[ResolvedNic]) -> None:
    port_ids = Counter(nic.port_id for nic in nics if nic.port_id)
    addresses = Counter((nic.network_id, nic.fixed_ip) for nic in nics if nic.fixed_ip)
    for port_id, count in port_ids.items():
        if count > 1:
            raise InvalidRequest(f"the port {port_id} is asked for twice", code="invalid-nic")
    for (_, address), count in addresses.items():
        if count > 1:
            raise InvalidRequest(f"the address {address} is asked for twice", code="invalid-nic")
