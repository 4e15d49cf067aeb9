"""Routers and floating IPs over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import router_pb2 as pb
from vmctl.v1.router_pb2_grpc import RouterServiceServicer
from vmctld.network.host_routers import digest_of
from vmctld.network.router_service import RouterRooms
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.router import floating_ip_to_proto, plan_to_proto, router_to_proto


class RouterServicer(RouterServiceServicer):
    """Serves ``vmctl.v1.RouterService``."""

    def __init__(self, rooms: RouterRooms) -> None:
        self._routers = rooms.routers
        self._floating_ips = rooms.floating_ips
        self._hosts = rooms.hosts

    def CreateRouter(
        self, request: pb.CreateRouterRequest, context: grpc.ServicerContext
    ) -> pb.Router:
        router = self._routers.create_router(
            caller_of(context),
            request.name,
            external_network=request.external_network,
            enable_snat=not request.disable_snat,
        )
        return router_to_proto(router)

    def GetRouter(self, request: pb.GetRouterRequest, context: grpc.ServicerContext) -> pb.Router:
        return router_to_proto(self._routers.get_router(caller_of(context), request.router))

    def ListRouters(
        self, request: pb.ListRoutersRequest, context: grpc.ServicerContext
    ) -> pb.ListRoutersResponse:
        found = self._routers.list_routers(
            caller_of(context), page_from_proto(request.page), all_projects=request.all_projects
        )
        return pb.ListRoutersResponse(routers=map(router_to_proto, found))

    def DeleteRouter(
        self, request: pb.DeleteRouterRequest, context: grpc.ServicerContext
    ) -> pb.DeleteRouterResponse:
        self._routers.delete_router(caller_of(context), request.router)
        return pb.DeleteRouterResponse()

    def SetRouterGateway(
        self, request: pb.SetRouterGatewayRequest, context: grpc.ServicerContext
    ) -> pb.Router:
        router = self._routers.set_gateway(
            caller_of(context),
            request.router,
            request.external_network,
            fixed_ip=request.fixed_ip,
            enable_snat=request.enable_snat if request.HasField("enable_snat") else None,
        )
        return router_to_proto(router)

    def ClearRouterGateway(
        self, request: pb.ClearRouterGatewayRequest, context: grpc.ServicerContext
    ) -> pb.Router:
        return router_to_proto(self._routers.clear_gateway(caller_of(context), request.router))

    def AddRouterSubnet(
        self, request: pb.RouterSubnetRequest, context: grpc.ServicerContext
    ) -> pb.Router:
        caller = caller_of(context)
        return router_to_proto(self._routers.add_subnet(caller, request.router, request.subnet))

    def RemoveRouterSubnet(
        self, request: pb.RouterSubnetRequest, context: grpc.ServicerContext
    ) -> pb.Router:
        caller = caller_of(context)
        return router_to_proto(self._routers.remove_subnet(caller, request.router, request.subnet))

    def CreateFloatingIp(
        self, request: pb.CreateFloatingIpRequest, context: grpc.ServicerContext
    ) -> pb.FloatingIp:
        made = self._floating_ips.create_floating_ip(
            caller_of(context), request.network, address=request.address, port=request.port
        )
        return floating_ip_to_proto(made)

    def GetFloatingIp(
        self, request: pb.GetFloatingIpRequest, context: grpc.ServicerContext
    ) -> pb.FloatingIp:
        found = self._floating_ips.get_floating_ip(caller_of(context), request.floating_ip)
        return floating_ip_to_proto(found)

    def ListFloatingIps(
        self, request: pb.ListFloatingIpsRequest, context: grpc.ServicerContext
    ) -> pb.ListFloatingIpsResponse:
        found = self._floating_ips.list_floating_ips(
            caller_of(context), page_from_proto(request.page), all_projects=request.all_projects
        )
        return pb.ListFloatingIpsResponse(floating_ips=map(floating_ip_to_proto, found))

    def DeleteFloatingIp(
        self, request: pb.DeleteFloatingIpRequest, context: grpc.ServicerContext
    ) -> pb.DeleteFloatingIpResponse:
        self._floating_ips.delete_floating_ip(caller_of(context), request.floating_ip)
        return pb.DeleteFloatingIpResponse()

    def AssociateFloatingIp(
        self, request: pb.AssociateFloatingIpRequest, context: grpc.ServicerContext
    ) -> pb.FloatingIp:
        changed = self._floating_ips.associate(
            caller_of(context),
            request.floating_ip,
            port=request.port,
            device_id=request.device_id,
            fixed_address=request.fixed_address,
        )
        return floating_ip_to_proto(changed)

    def DisassociateFloatingIp(
        self, request: pb.DisassociateFloatingIpRequest, context: grpc.ServicerContext
    ) -> pb.FloatingIp:
        changed = self._floating_ips.disassociate(
            caller_of(context), request.floating_ip, device_id=request.device_id
        )
        return floating_ip_to_proto(changed)

    def GetHostRouters(
        self, request: pb.GetHostRoutersRequest, context: grpc.ServicerContext
    ) -> pb.GetHostRoutersResponse:
        plans = self._hosts.plans_for(caller_of(context), request.host)
        digest = digest_of(plans)
        if digest == request.known_digest:
            return pb.GetHostRoutersResponse(digest=digest, unchanged=True)
        return pb.GetHostRoutersResponse(digest=digest, routers=map(plan_to_proto, plans))
