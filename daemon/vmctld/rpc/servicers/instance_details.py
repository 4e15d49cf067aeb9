"""What users write on instances, over gRPC: converts, asks the api, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import compute_pb2
from vmctl.v1 import instance_details_pb2 as pb
from vmctl.v1.instance_details_pb2_grpc import InstanceDetailsServiceServicer
from vmctld.compute.api.details import Details, DetailsUpdate
from vmctld.domain.instance import Instance
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.instance import instance_to_proto


class InstanceDetailsServicer(InstanceDetailsServiceServicer):
    """Serves ``vmctl.v1.InstanceDetailsService``."""

    def __init__(self, details: Details) -> None:
        self._details = details

    def UpdateInstance(
        self, request: pb.UpdateInstanceRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        wanted = DetailsUpdate(
            name=request.name if request.HasField("name") else None,
            description=request.description if request.HasField("description") else None,
            hostname=request.hostname if request.HasField("hostname") else None,
        )
        return _shown(self._details.update(caller_of(context), request.instance, wanted), context)

    def SetMetadata(
        self, request: pb.SetMetadataRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        changed = self._details.set_metadata(
            caller_of(context), request.instance, dict(request.metadata)
        )
        return _shown(changed, context)

    def DeleteMetadata(
        self, request: pb.DeleteMetadataRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        changed = self._details.delete_metadata(caller_of(context), request.instance, request.keys)
        return _shown(changed, context)

    def AddTags(
        self, request: pb.AddTagsRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        changed = self._details.add_tags(caller_of(context), request.instance, request.tags)
        return _shown(changed, context)

    def DeleteTags(
        self, request: pb.DeleteTagsRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        changed = self._details.delete_tags(caller_of(context), request.instance, request.tags)
        return _shown(changed, context)

    def ReplaceTags(
        self, request: pb.ReplaceTagsRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        changed = self._details.replace_tags(caller_of(context), request.instance, request.tags)
        return _shown(changed, context)


def _shown(instance: Instance, context: grpc.ServicerContext) -> compute_pb2.Instance:
    return instance_to_proto(instance, for_admin=caller_of(context).is_admin)
