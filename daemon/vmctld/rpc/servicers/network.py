"""Networks over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import network_pb2 as pb
from vmctl.v1.network_pb2_grpc import NetworkServiceServicer
from vmctld.network.port_security import SecurityWish
from vmctld.network.service import NetworkService
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.network import (
    network_to_proto,
    nic_from_proto,
    nic_request_from_proto,
    port_to_proto,
    resolved_nic_to_proto,
    subnet_request_from_proto,
    subnet_to_proto,
    wiring_to_proto,
)
from vmctld.wire.convert.security_group import pair_from_proto


class NetworkServicer(NetworkServiceServicer):
    """Serves ``vmctl.v1.NetworkService``."""

    def __init__(self, service: NetworkService) -> None:
        self._networks = service.networks
        self._subnets = service.subnets
        self._ports = service.ports
        self._nics = service.nics
        self._builds = service.builds

    def CreateNetwork(
        self, request: pb.CreateNetworkRequest, context: grpc.ServicerContext
    ) -> pb.Network:
        network = self._networks.create_network(
            caller_of(context),
            request.name,
            shared=request.shared,
            mtu_bytes=request.mtu_bytes,
            external=request.external,
            physical=request.physical,
        )
        return network_to_proto(network)

    def GetNetwork(
        self, request: pb.GetNetworkRequest, context: grpc.ServicerContext
    ) -> pb.Network:
        return network_to_proto(self._networks.get_network(caller_of(context), request.network))

    def ListNetworks(
        self, request: pb.ListNetworksRequest, context: grpc.ServicerContext
    ) -> pb.ListNetworksResponse:
        networks = self._networks.list_networks(
            caller_of(context), page_from_proto(request.page), all_projects=request.all_projects
        )
        return pb.ListNetworksResponse(networks=map(network_to_proto, networks))

    def DeleteNetwork(
        self, request: pb.DeleteNetworkRequest, context: grpc.ServicerContext
    ) -> pb.DeleteNetworkResponse:
        self._networks.delete_network(caller_of(context), request.network)
        return pb.DeleteNetworkResponse()

    def CreateSubnet(
        self, request: pb.CreateSubnetRequest, context: grpc.ServicerContext
    ) -> pb.Subnet:
        wanted = subnet_request_from_proto(request)
        return subnet_to_proto(self._subnets.create_subnet(caller_of(context), wanted))

    def GetSubnet(self, request: pb.GetSubnetRequest, context: grpc.ServicerContext) -> pb.Subnet:
        return subnet_to_proto(self._subnets.get_subnet(caller_of(context), request.subnet))

    def ListSubnets(
        self, request: pb.ListSubnetsRequest, context: grpc.ServicerContext
    ) -> pb.ListSubnetsResponse:
        subnets = self._subnets.list_subnets(
            caller_of(context),
            page_from_proto(request.page),
            network=request.network,
            all_projects=request.all_projects,
        )
        return pb.ListSubnetsResponse(subnets=map(subnet_to_proto, subnets))

    def DeleteSubnet(
        self, request: pb.DeleteSubnetRequest, context: grpc.ServicerContext
    ) -> pb.DeleteSubnetResponse:
        self._subnets.delete_subnet(caller_of(context), request.subnet)
        return pb.DeleteSubnetResponse()

    def CreatePort(self, request: pb.CreatePortRequest, context: grpc.ServicerContext) -> pb.Port:
        port = self._ports.create_port(
            caller_of(context),
            request.network,
            name=request.name,
            fixed_ip=request.fixed_ip,
            mac=request.mac,
            security=_security_of(request),
        )
        return port_to_proto(port)

    def GetPort(self, request: pb.GetPortRequest, context: grpc.ServicerContext) -> pb.Port:
        return port_to_proto(self._ports.get_port(caller_of(context), request.port))

    def ListPorts(
        self, request: pb.ListPortsRequest, context: grpc.ServicerContext
    ) -> pb.ListPortsResponse:
        ports = self._ports.list_ports(
            caller_of(context),
            page_from_proto(request.page),
            network=request.network,
            device_id=request.device_id,
            all_projects=request.all_projects,
        )
        return pb.ListPortsResponse(ports=map(port_to_proto, ports))

    def DeletePort(
        self, request: pb.DeletePortRequest, context: grpc.ServicerContext
    ) -> pb.DeletePortResponse:
        self._ports.delete_port(caller_of(context), request.port)
        return pb.DeletePortResponse()

    def ResolveNics(
        self, request: pb.ResolveNicsRequest, context: grpc.ServicerContext
    ) -> pb.ResolveNicsResponse:
        wanted = [nic_request_from_proto(nic) for nic in request.nics]
        groups = tuple(request.security_groups)
        nics = self._nics.resolve_nics(caller_of(context), wanted, groups)
        return pb.ResolveNicsResponse(nics=map(resolved_nic_to_proto, nics))

    def EnsurePorts(
        self, request: pb.EnsurePortsRequest, context: grpc.ServicerContext
    ) -> pb.EnsurePortsResponse:
        wanted = [nic_from_proto(port) for port in request.ports]
        wirings = self._builds.ensure_ports(
            caller_of(context), request.instance_id, request.host, wanted
        )
        return pb.EnsurePortsResponse(wirings=map(wiring_to_proto, wirings))

    def ReleasePorts(
        self, request: pb.ReleasePortsRequest, context: grpc.ServicerContext
    ) -> pb.ReleasePortsResponse:
        self._builds.release_ports(
            caller_of(context),
            request.instance_id,
            tuple(request.port_ids),
            host=request.host or None,
        )
        return pb.ReleasePortsResponse()


def _security_of(request: pb.CreatePortRequest) -> SecurityWish:
    """Return what shall be enforced at a port to be made."""
    named = request.security_groups or request.no_security_groups
    return SecurityWish(
        groups=[*request.security_groups] if named else None,
        enabled=False if request.port_security_disabled else None,
        pairs=[*map(pair_from_proto, request.address_pairs)] if request.address_pairs else None,
    )
