"""Flavors over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import compute_pb2
from vmctl.v1 import flavor_pb2 as pb
from vmctl.v1.flavor_pb2_grpc import FlavorServiceServicer
from vmctld.compute.flavor_edits import FlavorEdits
from vmctld.compute.flavors import Flavors
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.flavor import access_to_proto, flavor_from_proto, flavor_to_proto


class FlavorServicer(FlavorServiceServicer):
    """Serves ``vmctl.v1.FlavorService``."""

    def __init__(self, flavors: Flavors, edits: FlavorEdits) -> None:
        self._flavors = flavors
        self._edits = edits

    def CreateFlavor(
        self, request: pb.CreateFlavorRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Flavor:
        wanted = flavor_from_proto(request.flavor)
        return flavor_to_proto(self._flavors.create_flavor(caller_of(context), wanted))

    def GetFlavor(
        self, request: pb.GetFlavorRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Flavor:
        return flavor_to_proto(self._flavors.get_flavor(caller_of(context), request.flavor))

    def ListFlavors(
        self, request: pb.ListFlavorsRequest, context: grpc.ServicerContext
    ) -> pb.ListFlavorsResponse:
        flavors = self._flavors.list_flavors(
            caller_of(context),
            page_from_proto(request.page),
            min_ram_mib=request.min_ram_mib,
            min_disk_gib=request.min_disk_gib,
        )
        return pb.ListFlavorsResponse(flavors=map(flavor_to_proto, flavors))

    def DeleteFlavor(
        self, request: pb.DeleteFlavorRequest, context: grpc.ServicerContext
    ) -> pb.DeleteFlavorResponse:
        self._flavors.delete_flavor(caller_of(context), request.flavor)
        return pb.DeleteFlavorResponse()

    def UpdateFlavor(
        self, request: pb.UpdateFlavorRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Flavor:
        caller = caller_of(context)
        return flavor_to_proto(self._edits.describe(caller, request.flavor, request.description))

    def SetExtraSpecs(
        self, request: pb.SetExtraSpecsRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Flavor:
        specs = dict(request.extra_specs)
        return flavor_to_proto(self._edits.set_specs(caller_of(context), request.flavor, specs))

    def UnsetExtraSpecs(
        self, request: pb.UnsetExtraSpecsRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Flavor:
        caller = caller_of(context)
        return flavor_to_proto(self._edits.unset_specs(caller, request.flavor, request.keys))

    def AddFlavorAccess(
        self, request: pb.AddFlavorAccessRequest, context: grpc.ServicerContext
    ) -> pb.ListFlavorAccessResponse:
        caller = caller_of(context)
        return access_to_proto(self._edits.add_access(caller, request.flavor, request.project))

    def RemoveFlavorAccess(
        self, request: pb.RemoveFlavorAccessRequest, context: grpc.ServicerContext
    ) -> pb.ListFlavorAccessResponse:
        caller = caller_of(context)
        return access_to_proto(self._edits.remove_access(caller, request.flavor, request.project))

    def ListFlavorAccess(
        self, request: pb.ListFlavorAccessRequest, context: grpc.ServicerContext
    ) -> pb.ListFlavorAccessResponse:
        return access_to_proto(self._edits.access(caller_of(context), request.flavor))
