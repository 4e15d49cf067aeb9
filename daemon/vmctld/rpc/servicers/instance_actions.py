"""Actions on instances over gRPC: asks the api, converts what it says."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from vmctl.v1 import compute_pb2, diagnostics_pb2
from vmctl.v1 import instance_actions_pb2 as pb
from vmctl.v1.instance_actions_pb2_grpc import InstanceActionServiceServicer
from vmctld.compute.api.actions import Actions, Ask
from vmctld.compute.api.diagnosing import Diagnosing
from vmctld.compute.api.interfaces import Interfaces
from vmctld.compute.api.marks import Marks
from vmctld.compute.api.reshaping import Reshaping
from vmctld.compute.api.rewording import Words
from vmctld.domain.instance import Instance
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.diagnostics import diagnostics_to_proto
from vmctld.wire.convert.instance import instance_to_proto
from vmctld.wire.convert.network import nic_request_from_proto


@dataclass(frozen=True, slots=True)
class ActionApi:
    """The rooms of the compute api that act on instances."""

    actions: Actions
    marks: Marks
    reshaping: Reshaping
    diagnosing: Diagnosing
    interfaces: Interfaces


class InstanceActionServicer(InstanceActionServiceServicer):
    """Serves ``vmctl.v1.InstanceActionService``."""

    def __init__(self, api: ActionApi) -> None:
        self._api = api

    def StopInstance(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("stop"), context)

    def StartInstance(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("start"), context)

    def RebootInstance(
        self, request: pb.RebootInstanceRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("reboot", hard=request.hard), context)

    def PauseInstance(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("pause"), context)

    def UnpauseInstance(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("unpause"), context)

    def SuspendInstance(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("suspend"), context)

    def ResumeInstance(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("resume"), context)

    def RestoreInstance(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("restore"), context)

    def RescueInstance(
        self, request: pb.RescueInstanceRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        caller = caller_of(context)
        begun = self._api.reshaping.rescue(caller, request.instance, request.image)
        return _shown(begun, context)

    def UnrescueInstance(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("unrescue"), context)

    def RebuildInstance(
        self, request: pb.RebuildInstanceRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        caller = caller_of(context)
        words = Words(
            name=request.name if request.HasField("name") else None,
            description=request.description if request.HasField("description") else None,
            hostname=request.hostname if request.HasField("hostname") else None,
            metadata=dict(request.metadata),
        )
        begun = self._api.reshaping.rebuild(caller, request.instance, request.image, words)
        return _shown(begun, context)

    def ResizeInstance(
        self, request: pb.ResizeInstanceRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        caller = caller_of(context)
        begun = self._api.reshaping.resize(caller, request.instance, request.flavor)
        return _shown(begun, context)

    def ConfirmResize(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("confirmResize"), context)

    def RevertResize(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return self._begin(request, Ask("revertResize"), context)

    def AttachInterface(
        self, request: pb.AttachInterfaceRequest, context: grpc.ServicerContext
    ) -> pb.AttachInterfaceResponse:
        wish = nic_request_from_proto(request.nic)
        begun, nic = self._api.interfaces.attach(caller_of(context), request.instance, wish)
        return pb.AttachInterfaceResponse(
            instance=_shown(begun, context), port_id=nic.port_id, network_id=nic.network_id
        )

    def DetachInterface(
        self, request: pb.DetachInterfaceRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        begun = self._api.interfaces.detach(caller_of(context), request.instance, request.port_id)
        return _shown(begun, context)

    def LockInstance(
        self, request: pb.LockInstanceRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        caller = caller_of(context)
        return _shown(self._api.marks.lock(caller, request.instance, request.reason), context)

    def UnlockInstance(
        self, request: pb.InstanceActionRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        return _shown(self._api.marks.unlock(caller_of(context), request.instance), context)

    def GetDiagnostics(
        self, request: diagnostics_pb2.GetDiagnosticsRequest, context: grpc.ServicerContext
    ) -> diagnostics_pb2.Diagnostics:
        caller = caller_of(context)
        return diagnostics_to_proto(self._api.diagnosing.diagnostics(caller, request.instance))

    def ResetInstanceState(
        self, request: pb.ResetInstanceStateRequest, context: grpc.ServicerContext
    ) -> compute_pb2.Instance:
        reset = self._api.marks.reset_state(
            caller_of(context),
            request.instance,
            active=request.active,
            all_projects=request.all_projects,
        )
        return _shown(reset, context)

    def _begin(
        self,
        request: pb.InstanceActionRequest | pb.RebootInstanceRequest,
        ask: Ask,
        context: grpc.ServicerContext,
    ) -> compute_pb2.Instance:
        begun = self._api.actions.begin(
            caller_of(context), request.instance, ask, all_projects=request.all_projects
        )
        return _shown(begun, context)


def _shown(instance: Instance, context: grpc.ServicerContext) -> compute_pb2.Instance:
    return instance_to_proto(instance, for_admin=caller_of(context).is_admin)
