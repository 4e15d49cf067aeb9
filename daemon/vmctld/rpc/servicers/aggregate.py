"""Aggregates and availability zones over gRPC: converts, asks the services, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import aggregate_pb2 as pb
from vmctl.v1.aggregate_pb2_grpc import AggregateServiceServicer
from vmctld.compute.aggregates import AggregateChanges, Aggregates
from vmctld.compute.zones import Zones
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.aggregate import aggregate_to_proto, zone_to_proto


class AggregateServicer(AggregateServiceServicer):
    """Serves ``vmctl.v1.AggregateService``."""

    def __init__(self, aggregates: Aggregates, zones: Zones) -> None:
        self._aggregates = aggregates
        self._zones = zones

    def CreateAggregate(
        self, request: pb.CreateAggregateRequest, context: grpc.ServicerContext
    ) -> pb.Aggregate:
        made = self._aggregates.create(caller_of(context), request.name, request.availability_zone)
        return aggregate_to_proto(made)

    def GetAggregate(
        self, request: pb.GetAggregateRequest, context: grpc.ServicerContext
    ) -> pb.Aggregate:
        return aggregate_to_proto(self._aggregates.get(caller_of(context), request.aggregate))

    def ListAggregates(
        self, request: pb.ListAggregatesRequest, context: grpc.ServicerContext
    ) -> pb.ListAggregatesResponse:
        found = self._aggregates.list_aggregates(caller_of(context))
        return pb.ListAggregatesResponse(aggregates=map(aggregate_to_proto, found))

    def UpdateAggregate(
        self, request: pb.UpdateAggregateRequest, context: grpc.ServicerContext
    ) -> pb.Aggregate:
        metadata: dict[str, str | None] = dict.fromkeys(request.unset_metadata)
        changes = AggregateChanges(
            name=request.name if request.HasField("name") else None,
            availability_zone=(
                request.availability_zone if request.HasField("availability_zone") else None
            ),
            metadata={**metadata, **request.set_metadata},
        )
        changed = self._aggregates.update(caller_of(context), request.aggregate, changes)
        return aggregate_to_proto(changed)

    def DeleteAggregate(
        self, request: pb.DeleteAggregateRequest, context: grpc.ServicerContext
    ) -> pb.DeleteAggregateResponse:
        self._aggregates.delete(caller_of(context), request.aggregate)
        return pb.DeleteAggregateResponse()

    def AddAggregateHost(
        self, request: pb.AddAggregateHostRequest, context: grpc.ServicerContext
    ) -> pb.Aggregate:
        changed = self._aggregates.add_host(caller_of(context), request.aggregate, request.host)
        return aggregate_to_proto(changed)

    def RemoveAggregateHost(
        self, request: pb.RemoveAggregateHostRequest, context: grpc.ServicerContext
    ) -> pb.Aggregate:
        changed = self._aggregates.remove_host(caller_of(context), request.aggregate, request.host)
        return aggregate_to_proto(changed)

    def ListAvailabilityZones(
        self, request: pb.ListAvailabilityZonesRequest, context: grpc.ServicerContext
    ) -> pb.ListAvailabilityZonesResponse:
        zones = self._zones.list_zones(caller_of(context))
        return pb.ListAvailabilityZonesResponse(zones=map(zone_to_proto, zones))
