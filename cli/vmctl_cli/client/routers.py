"""Routers and floating IPs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from vmctl.v1 import router_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.router_pb2_grpc import RouterServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.pages import all_of
from vmctl_cli.client.router_records import FloatingIp, Router, floating_ip_from, router_from


class Routers:
    """The router service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> RouterServiceStub:
        return RouterServiceStub(self._calls.channel)

    def create_router(self, name: str, *, external_network: str, enable_snat: bool) -> Router:
        """Make a router; with a gateway if an external network is named."""
        request = pb.CreateRouterRequest(
            name=name, external_network=external_network, disable_snat=not enable_snat
        )
        return router_from(self._calls.unary(self._stub.CreateRouter, request))

    def router(self, router: str) -> Router:
        """Return the router of that name or id."""
        request = pb.GetRouterRequest(router=router)
        return router_from(self._calls.unary(self._stub.GetRouter, request, repeatable=True))

    def routers(self, *, all_projects: bool = False) -> Iterator[Router]:
        """Return the routers, sorted by name."""

        def fetch(page: Page) -> list[pb.Router]:
            request = pb.ListRoutersRequest(page=page, all_projects=all_projects)
            return [*self._calls.unary(self._stub.ListRouters, request, repeatable=True).routers]

        yield from map(router_from, all_of(fetch, lambda router: router.id))

    def delete_router(self, router: str) -> None:
        """Forget a router that has no interfaces."""
        self._calls.unary(self._stub.DeleteRouter, pb.DeleteRouterRequest(router=router))

    def set_gateway(
        self, router: str, *, external_network: str, fixed_ip: str, enable_snat: bool | None
    ) -> Router:
        """Give a router a gateway, or change how it reaches out."""
        request = pb.SetRouterGatewayRequest(
            router=router,
            external_network=external_network,
            fixed_ip=fixed_ip,
            enable_snat=enable_snat,
        )
        return router_from(self._calls.unary(self._stub.SetRouterGateway, request))

    def clear_gateway(self, router: str) -> Router:
        """Take a router's gateway away."""
        request = pb.ClearRouterGatewayRequest(router=router)
        return router_from(self._calls.unary(self._stub.ClearRouterGateway, request))

    def add_subnet(self, router: str, subnet: str) -> Router:
        """Make a router the gateway of a subnet."""
        request = pb.RouterSubnetRequest(router=router, subnet=subnet)
        return router_from(self._calls.unary(self._stub.AddRouterSubnet, request))

    def remove_subnet(self, router: str, subnet: str) -> Router:
        """Take a router off a subnet."""
        request = pb.RouterSubnetRequest(router=router, subnet=subnet)
        return router_from(self._calls.unary(self._stub.RemoveRouterSubnet, request))

    def create_floating_ip(self, network: str, *, address: str, port: str) -> FloatingIp:
        """Take an address of an external network; no address: any."""
        request = pb.CreateFloatingIpRequest(network=network, address=address, port=port)
        return floating_ip_from(self._calls.unary(self._stub.CreateFloatingIp, request))

    def floating_ip(self, floating_ip: str) -> FloatingIp:
        """Return the floating IP of that address or id."""
        request = pb.GetFloatingIpRequest(floating_ip=floating_ip)
        answer = self._calls.unary(self._stub.GetFloatingIp, request, repeatable=True)
        return floating_ip_from(answer)

    def floating_ips(self, *, all_projects: bool = False) -> Iterator[FloatingIp]:
        """Return the floating IPs, the oldest first."""

        def fetch(page: Page) -> list[pb.FloatingIp]:
            request = pb.ListFloatingIpsRequest(page=page, all_projects=all_projects)
            answer = self._calls.unary(self._stub.ListFloatingIps, request, repeatable=True)
            return [*answer.floating_ips]

        yield from map(floating_ip_from, all_of(fetch, lambda one: one.id))

    def delete_floating_ip(self, floating_ip: str) -> None:
        """Give one back."""
        request = pb.DeleteFloatingIpRequest(floating_ip=floating_ip)
        self._calls.unary(self._stub.DeleteFloatingIp, request)

    def associate(
        self, floating_ip: str, *, port: str = "", device_id: str = "", fixed_address: str = ""
    ) -> FloatingIp:
        """Have one lead to a port, or to one of a server's."""
        request = pb.AssociateFloatingIpRequest(
            floating_ip=floating_ip, port=port, device_id=device_id, fixed_address=fixed_address
        )
        return floating_ip_from(self._calls.unary(self._stub.AssociateFloatingIp, request))

    def disassociate(self, floating_ip: str, *, device_id: str = "") -> FloatingIp:
        """Have one lead nowhere; with a server, only if it leads there."""
        request = pb.DisassociateFloatingIpRequest(floating_ip=floating_ip, device_id=device_id)
        return floating_ip_from(self._calls.unary(self._stub.DisassociateFloatingIp, request))
