"""Routers: made, found, given gateways and interfaces, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import IPv4Network

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name
from vmctld.domain.network import Network, Subnet
from vmctld.domain.ownership import listed_project, require_owner
from vmctld.domain.paging import Page
from vmctld.domain.router import ROUTER_GATEWAY, FloatingIp, Router
from vmctld.errors import InvalidRequest, NotFound
from vmctld.network.lookup import find_network, find_subnet
from vmctld.network.router_lookup import find_router
from vmctld.network.router_ports import RouterPorts
from vmctld.network.router_refusals import (
    overlapping,
    routed_already,
    router_in_use,
    used_by_floating_ips,
)
from vmctld.storage.database import Database, Tx
from vmctld.storage.locks import one_at_a_time
from vmctld.storage.repositories import floating_ips, routers, subnets


class Routers:
    """Rules for routers: a project has its own, and joins its own and shared networks.

    ``changed`` is called after each change: hosts are to look.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        router_ports: RouterPorts,
        changed: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._ports = router_ports
        self._changed = changed

    def create_router(
        self, caller: Caller, name: str, *, external_network: str = "", enable_snat: bool = True
    ) -> Router:
        """Return a new router, with a gateway if a network is named.

        Raises InvalidRequest, NotFound, Conflict, Exhausted (``no-free-address``).
        """
        router = Router(
            id=str(uuid.uuid4()),
            name=check_name(name, "router"),
            project_id=caller.project_id,
            enable_snat=enable_snat,
            gateway=None,
            interfaces=(),
            created_at=self._clock(),
        )

        def create(tx: Tx) -> Router:
            routers.insert_router(tx, router)
            if external_network:
                self._give_gateway(tx, caller, router, external_network, "")
            return _existing(tx, router.id)

        return self._database.run(create)

    def get_router(self, caller: Caller, reference: str) -> Router:
        """Return one, by name or id.  Raises NotFound, Conflict (ambiguous)."""
        with self._database.read() as tx:
            return find_router(tx, caller, reference)

    def list_routers(
        self, caller: Caller, page: Page, *, all_projects: bool = False
    ) -> Sequence[Router]:
        """Return a page, sorted by name."""
        project_id = listed_project(caller, all_projects=all_projects)
        with self._database.read() as tx:
            return routers.list_routers(tx, project_id, page)

    def delete_router(self, caller: Caller, reference: str) -> None:
        """Delete a router without interfaces, with its gateway.

        Raises NotFound, Conflict (ambiguous), WrongState (``router-in-use``).
        """
        router = self.get_router(caller, reference)
        if not self._database.run(lambda tx: routers.delete_unused_router(tx, router.id)):
            raise router_in_use(self.get_router(caller, router.id))
        self._changed()

    def set_gateway(
        self,
        caller: Caller,
        reference: str,
        external_network: str,
        *,
        fixed_ip: str = "",
        enable_snat: bool | None = None,
    ) -> Router:
        """Return the router with a gateway on an external network, the one it has if it has.

        Raises InvalidRequest (``network-not-external``, ``subnets-overlap``), NotFound, Conflict,
        WrongState (``router-gateway-in-use``), Exhausted.
        """

        def change(tx: Tx) -> Router:
            router = find_router(tx, caller, reference)
            one_at_a_time(tx, f"router {router.id}")
            if enable_snat is not None:
                routers.set_snat(tx, router.id, enabled=enable_snat)
            if external_network:
                self._give_gateway(tx, caller, _existing(tx, router.id), external_network, fixed_ip)
            return _existing(tx, router.id)

        router = self._database.run(change)
        self._changed()
        return router

    def clear_gateway(self, caller: Caller, reference: str) -> Router:
        """Return the router without a gateway; none is fine.

        Raises NotFound, WrongState (``router-gateway-in-use``: floating IPs go through it).
        """

        def change(tx: Tx) -> Router:
            router = find_router(tx, caller, reference)
            one_at_a_time(tx, f"router {router.id}")
            self._drop_gateway(tx, router)
            return _existing(tx, router.id)

        router = self._database.run(change)
        self._changed()
        return router

    def add_subnet(self, caller: Caller, reference: str, subnet: str) -> Router:
        """Return the router with a leg on a subnet, at the address that its guests go to.

        Raises NotFound, WrongState (``subnet-without-gateway``), InvalidRequest
        (``subnets-overlap``), Conflict (``subnet-has-router``, ``address-in-use``).
        """

        def add(tx: Tx) -> Router:
            router = find_router(tx, caller, reference)
            found = find_subnet(tx, caller, subnet)
            network = find_network(tx, caller, found.network_id)
            require_owner(caller, network, "put a router on a network")
            one_at_a_time(tx, f"routers of subnet {found.id}")
            one_at_a_time(tx, f"router {router.id}")
            router = _existing(tx, router.id)
            if any(leg.subnet_id == found.id for leg in router.interfaces):
                return router
            _check_leg(tx, router, network, found)
            self._ports.take_gateway(tx, network, found, router.id)
            return _existing(tx, router.id)

        router = self._database.run(add)
        self._changed()
        return router

    def remove_subnet(self, caller: Caller, reference: str, subnet: str) -> Router:
        """Return the router without its leg on a subnet.

        Raises NotFound (``router-interface-not-found``), WrongState
        (``router-interface-in-use``: floating IPs lead there).
        """

        def remove(tx: Tx) -> Router:
            router = find_router(tx, caller, reference)
            found = find_subnet(tx, caller, subnet)
            one_at_a_time(tx, f"router {router.id}")
            router = _existing(tx, router.id)
            leg = next((leg for leg in router.interfaces if leg.subnet_id == found.id), None)
            if leg is None:
                raise NotFound(
                    f"Router {router.id} has no interface on subnet {found.id}",  # neutron's
                    code="router-interface-not-found",
                    hint="vmctl router-show ROUTER lists its interfaces",
                    facts={"router_id": router.id, "subnet_id": found.id},
                )
            users = floating_ips.through_router(tx, router.id, subnet_id=found.id)
            _check_unused(users, router, "interface")
            routers.delete_port(tx, leg.port_id)
            return _existing(tx, router.id)

        router = self._database.run(remove)
        self._changed()
        return router

    def _give_gateway(
        self, tx: Tx, caller: Caller, router: Router, reference: str, fixed_ip: str
    ) -> None:
        network = find_network(tx, caller, reference)
        has = router.gateway
        if has and has.network_id == network.id and fixed_ip in ("", has.address):
            return
        self._drop_gateway(tx, router)
        router = replace(router, gateway=None)
        for subnet in subnets.subnets_of(tx, [network.id]):
            _check_no_overlap(tx, router, subnet)
        self._ports.take_any(tx, network, ROUTER_GATEWAY, router.id, fixed_ip)

    def _drop_gateway(self, tx: Tx, router: Router) -> None:
        if router.gateway is not None:
            _check_unused(floating_ips.through_router(tx, router.id), router, "gateway")
            routers.delete_port(tx, router.gateway.port_id)


def _existing(tx: Tx, router_id: str) -> Router:
    router = routers.get_router(tx, router_id)
    if router is None:
        raise NotFound(f"no router {router_id}", code="router-not-found")
    return router


def _check_leg(tx: Tx, router: Router, network: Network, subnet: Subnet) -> None:
    if network.external:
        raise InvalidRequest(
            f"Network {network.id} is external: it is a gateway's place, not an interface's",
            code="network-external",
            hint="vmctl router-set --external-gateway NETWORK ROUTER",
        )
    for other in routers.routers_on(tx, [network.id]):
        if any(leg.subnet_id == subnet.id for leg in other.interfaces):
            raise routed_already(subnet, other)
    _check_no_overlap(tx, router, subnet)


def _check_no_overlap(tx: Tx, router: Router, subnet: Subnet) -> None:
    networks = [leg.network_id for leg in router.interfaces]
    networks += [router.gateway.network_id] if router.gateway else []
    joined = {leg.subnet_id for leg in router.interfaces}
    joined |= {router.gateway.subnet_id} if router.gateway else set()
    for other in subnets.subnets_of(tx, networks):
        if other.id in joined and IPv4Network(other.cidr).overlaps(IPv4Network(subnet.cidr)):
            raise overlapping(subnet, other)


def _check_unused(users: Sequence[FloatingIp], router: Router, part: str) -> None:
    if users:
        raise used_by_floating_ips(router, part, [user.address for user in users])
