"""Networks, subnets and ports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from vmctl.v1 import network_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.network_pb2_grpc import NetworkServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.network_records import (
    AddressPair,
    Network,
    Pool,
    Port,
    Subnet,
    network_from,
    port_from,
    subnet_from,
)
from vmctl_cli.client.pages import all_of


class Networks:
    """The network service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> NetworkServiceStub:
        return NetworkServiceStub(self._calls.channel)

    def create_network(
        self, name: str, *, shared: bool, mtu_bytes: int, external: bool, physical: str
    ) -> Network:
        """Make a network; 0 bytes: the usual MTU; an external one leads out by a bridge."""
        request = pb.CreateNetworkRequest(
            name=name, shared=shared, mtu_bytes=mtu_bytes, external=external, physical=physical
        )
        return network_from(self._calls.unary(self._stub.CreateNetwork, request))

    def network(self, network: str) -> Network:
        """Return the network of that name or id."""
        request = pb.GetNetworkRequest(network=network)
        return network_from(self._calls.unary(self._stub.GetNetwork, request, repeatable=True))

    def networks(self, *, all_projects: bool = False) -> Iterator[Network]:
        """Return the networks that the caller may use, sorted by name."""

        def fetch(page: Page) -> list[pb.Network]:
            request = pb.ListNetworksRequest(page=page, all_projects=all_projects)
            answer = self._calls.unary(self._stub.ListNetworks, request, repeatable=True)
            return [*answer.networks]

        yield from map(network_from, all_of(fetch, lambda network: network.id))

    def delete_network(self, network: str) -> None:
        """Forget a network that has no ports left."""
        self._calls.unary(self._stub.DeleteNetwork, pb.DeleteNetworkRequest(network=network))

    def create_subnet(
        self,
        network: str,
        cidr: str,
        *,
        name: str,
        gateway: str | None,
        dns_servers: Sequence[str],
        pools: Sequence[Pool],
    ) -> Subnet:
        """Make a subnet; gateway None: the first address, empty: none."""
        request = pb.CreateSubnetRequest(
            network=network,
            cidr=cidr,
            name=name,
            gateway=gateway,
            dns_servers=dns_servers,
            pools=[pb.AllocationPool(first=pool.first, last=pool.last) for pool in pools],
        )
        return subnet_from(self._calls.unary(self._stub.CreateSubnet, request))

    def subnet(self, subnet: str) -> Subnet:
        """Return the subnet of that name or id."""
        request = pb.GetSubnetRequest(subnet=subnet)
        return subnet_from(self._calls.unary(self._stub.GetSubnet, request, repeatable=True))

    def subnets(self, *, network: str = "", all_projects: bool = False) -> Iterator[Subnet]:
        """Return the subnets, sorted by name; of one network if one is named."""

        def fetch(page: Page) -> list[pb.Subnet]:
            request = pb.ListSubnetsRequest(page=page, network=network, all_projects=all_projects)
            answer = self._calls.unary(self._stub.ListSubnets, request, repeatable=True)
            return [*answer.subnets]

        yield from map(subnet_from, all_of(fetch, lambda subnet: subnet.id))

    def delete_subnet(self, subnet: str) -> None:
        """Forget a subnet that gave out no address."""
        self._calls.unary(self._stub.DeleteSubnet, pb.DeleteSubnetRequest(subnet=subnet))

    def create_port(
        self,
        network: str,
        *,
        name: str,
        fixed_ip: str,
        mac: str,
        groups: Sequence[str] | None = None,
        port_security: bool = True,
        pairs: Sequence[AddressPair] = (),
    ) -> Port:
        """Make a port; no address and no MAC: any; groups None: the default one."""
        request = pb.CreatePortRequest(
            network=network,
            name=name,
            fixed_ip=fixed_ip,
            mac=mac,
            security_groups=groups or (),
            no_security_groups=groups is not None and not groups,
            port_security_disabled=not port_security,
            address_pairs=[
                pb.AddressPair(cidr=pair.ip_address, mac=pair.mac_address or "") for pair in pairs
            ],
        )
        return port_from(self._calls.unary(self._stub.CreatePort, request))

    def port(self, port: str) -> Port:
        """Return the port of that name or id."""
        request = pb.GetPortRequest(port=port)
        return port_from(self._calls.unary(self._stub.GetPort, request, repeatable=True))

    def ports(
        self, *, network: str = "", device_id: str = "", all_projects: bool = False
    ) -> Iterator[Port]:
        """Return the ports, oldest first; of one network or server if one is named."""

        def fetch(page: Page) -> list[pb.Port]:
            request = pb.ListPortsRequest(
                page=page, network=network, device_id=device_id, all_projects=all_projects
            )
            return [*self._calls.unary(self._stub.ListPorts, request, repeatable=True).ports]

        yield from map(port_from, all_of(fetch, lambda port: port.id))

    def delete_port(self, port: str) -> None:
        """Give a port and its addresses back."""
        self._calls.unary(self._stub.DeletePort, pb.DeletePortRequest(port=port))
