"""Subnets: made, found, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name
from vmctld.domain.network import Network, Subnet, SubnetRequest
from vmctld.domain.ownership import listed_project, require_owner
from vmctld.domain.paging import Page
from vmctld.network import addresses
from vmctld.network.ipam import AddressPicker
from vmctld.network.lookup import find_network, find_subnet
from vmctld.network.refusals import in_use
from vmctld.network.topology import Topology
from vmctld.storage.database import Database, Tx
from vmctld.storage.locks import one_at_a_time
from vmctld.storage.repositories import ports, subnets


class Subnets:
    """Rules for subnets: they belong to a network, and only its owner adds or takes them."""

    def __init__(
        self, database: Database, clock: Clock, topology: Topology, picker: AddressPicker
    ) -> None:
        self._database = database
        self._clock = clock
        self._topology = topology
        self._picker = picker

    def create_subnet(self, caller: Caller, request: SubnetRequest) -> Subnet:
        """Return a new subnet.  Raises InvalidRequest, NotSupported, NotFound, Forbidden."""

        def create(tx: Tx) -> Subnet:
            network = find_network(tx, caller, request.network)
            require_owner(caller, network, "add a subnet to a network")
            subnet = self._checked(network, request)
            cidr = addresses.parse_cidr(subnet.cidr)
            one_at_a_time(tx, f"subnets of {network.id}")
            addresses.check_no_overlap(cidr, subnets.subnets_of(tx, [network.id]))
            subnets.insert_subnet(tx, subnet)
            return subnet

        subnet = self._database.run(create)
        self._topology.forget()
        return subnet

    def get_subnet(self, caller: Caller, reference: str) -> Subnet:
        """Return one, by name or id.  Raises NotFound, Conflict (ambiguous)."""
        with self._database.read() as tx:
            return find_subnet(tx, caller, reference)

    def list_subnets(
        self, caller: Caller, page: Page, *, network: str = "", all_projects: bool = False
    ) -> Sequence[Subnet]:
        """Return a page, sorted by name, then by CIDR; with ``network`` only that one's."""
        project_id = listed_project(caller, all_projects=all_projects)
        with self._database.read() as tx:
            network_id = find_network(tx, caller, network).id if network else None
            return subnets.list_subnets(tx, project_id, page, network_id=network_id)

    def delete_subnet(self, caller: Caller, reference: str) -> None:
        """Delete a subnet of which no port has an address.

        Raises NotFound, Conflict (ambiguous), Forbidden, WrongState (``subnet-in-use``).
        """
        subnet = self.get_subnet(caller, reference)
        require_owner(caller, subnet, "delete a subnet")

        def delete(tx: Tx) -> bool:
            ports.delete_service_ports(tx, subnet_id=subnet.id)
            return subnets.delete_unused_subnet(tx, subnet.id)

        if not self._database.run(delete):
            with self._database.read() as tx:
                users = ports.port_ids_on(tx, subnet_id=subnet.id)
            raise in_use("subnet", subnet, users)
        self._topology.forget()
        self._picker.forget([subnet.id])

    def _checked(self, network: Network, request: SubnetRequest) -> Subnet:
        cidr = addresses.parse_cidr(request.cidr)
        gateway = addresses.parse_gateway(request.gateway, cidr)
        return Subnet(
            id=str(uuid.uuid4()),
            name=check_name(request.name, "subnet") if request.name else "",
            network_id=network.id,
            project_id=network.project_id,  # the network's owner has it, even if an admin made it
            cidr=str(cidr),
            gateway=str(gateway) if gateway else None,
            dns_servers=addresses.parse_dns_servers(request.dns_servers),
            pools=addresses.parse_pools(request.pools, cidr, gateway),
            created_at=self._clock(),
        )
