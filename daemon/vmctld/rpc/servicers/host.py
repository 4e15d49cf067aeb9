"""Hypervisors and the agents on them over gRPC: converts, asks the services, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import host_pb2 as pb
from vmctl.v1.host_pb2_grpc import HostServiceServicer
from vmctld.compute.hypervisors import Hypervisors
from vmctld.compute.services import ComputeServices
from vmctld.domain.hypervisor import Ratios
from vmctld.errors import InvalidRequest
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.host import agent_to_proto, hypervisor_to_proto, stats_to_proto


class HostServicer(HostServiceServicer):
    """Serves ``vmctl.v1.HostService``."""

    def __init__(self, hypervisors: Hypervisors, services: ComputeServices) -> None:
        self._hypervisors = hypervisors
        self._services = services

    def GetHypervisor(
        self, request: pb.GetHypervisorRequest, context: grpc.ServicerContext
    ) -> pb.Hypervisor:
        return hypervisor_to_proto(self._hypervisors.get(caller_of(context), request.hypervisor))

    def ListHypervisors(
        self, request: pb.ListHypervisorsRequest, context: grpc.ServicerContext
    ) -> pb.ListHypervisorsResponse:
        page = page_from_proto(request.page)
        found = self._hypervisors.page(caller_of(context), page, request.matching)
        return pb.ListHypervisorsResponse(hypervisors=map(hypervisor_to_proto, found))

    def GetHypervisorStats(
        self, request: pb.GetHypervisorStatsRequest, context: grpc.ServicerContext
    ) -> pb.HypervisorStats:
        return stats_to_proto(self._hypervisors.stats(caller_of(context)))

    def ListHypervisorServers(
        self, request: pb.ListHypervisorServersRequest, context: grpc.ServicerContext
    ) -> pb.ListHypervisorServersResponse:
        found = self._hypervisors.servers(caller_of(context), request.hypervisor)
        return pb.ListHypervisorServersResponse(
            servers=[
                pb.HypervisorServer(
                    id=server_id,
                    name=name,
                    hypervisor_id=host.hypervisor_id,
                    hypervisor_name=host.name,
                )
                for host, servers in found
                for server_id, name in servers
            ]
        )

    def UpdateHypervisor(
        self, request: pb.UpdateHypervisorRequest, context: grpc.ServicerContext
    ) -> pb.Hypervisor:
        ratios = Ratios(
            request.cpu_allocation_ratio if request.HasField("cpu_allocation_ratio") else None,
            request.ram_allocation_ratio if request.HasField("ram_allocation_ratio") else None,
            request.disk_allocation_ratio if request.HasField("disk_allocation_ratio") else None,
        )
        changed = self._hypervisors.set_ratios(caller_of(context), request.hypervisor, ratios)
        return hypervisor_to_proto(changed)

    def ListHostAgents(
        self, request: pb.ListHostAgentsRequest, context: grpc.ServicerContext
    ) -> pb.ListHostAgentsResponse:
        found = self._services.list_services(caller_of(context), request.host, request.binary)
        return pb.ListHostAgentsResponse(agents=map(agent_to_proto, found))

    def UpdateHostAgent(
        self, request: pb.UpdateHostAgentRequest, context: grpc.ServicerContext
    ) -> pb.HostAgent:
        caller = caller_of(context)
        changed = None
        if request.HasField("enabled"):
            changed = self._services.set_enabled(
                caller, request.agent, enabled=request.enabled, reason=request.disabled_reason
            )
        if request.HasField("forced_down"):
            changed = self._services.set_forced_down(
                caller, request.agent, forced_down=request.forced_down
            )
        if changed is None:
            raise InvalidRequest("there is nothing to change", code="nothing-to-change")
        return agent_to_proto(changed)

    def DeleteHostAgent(
        self, request: pb.DeleteHostAgentRequest, context: grpc.ServicerContext
    ) -> pb.DeleteHostAgentResponse:
        self._services.delete(caller_of(context), request.agent)
        return pb.DeleteHostAgentResponse()
