"""Instances over gRPC: converts, asks the api, converts back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import grpc

from vmctl.v1 import compute_pb2 as pb
from vmctl.v1.compute_pb2_grpc import ComputeServiceServicer
from vmctld.compute.api.admission import Admission
from vmctld.compute.api.consoles import Consoles
from vmctld.compute.api.deletion import Deletion
from vmctld.compute.api.instances import Instances
from vmctld.compute.scheduler.filters.compute import DOWN_AFTER
from vmctld.domain.clock import Clock
from vmctld.domain.instance import Instance
from vmctld.errors import InvalidRequest
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase
from vmctld.rpc.caller import caller_of, validation_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.instance import (
    boot_request_from_proto,
    instance_to_proto,
    sent_at_from_metadata,
)
from vmctld.wire.convert.instance_list import brief_to_proto, list_request_from_proto
from vmctld.wire.convert.placement import decision_to_proto
from vmctld.wire.convert.trace import (
    action_to_proto,
    host_to_proto,
    progress_to_proto,
    trace_to_proto,
)
from vmctld.wire.metadata import SENT_AT


@dataclass(frozen=True, slots=True)
class ComputeApi:
    """The rooms of the compute api."""

    admission: Admission
    deletion: Deletion
    instances: Instances
    consoles: Consoles
    clock: Clock


class ComputeServicer(ComputeServiceServicer):
    """Serves ``vmctl.v1.ComputeService``."""

    def __init__(self, api: ComputeApi) -> None:
        self._api = api

    def BootInstance(
        self, request: pb.BootInstanceRequest, context: grpc.ServicerContext
    ) -> pb.BootInstanceResponse:
        failpoints.hit("3", Phase.BEFORE)
        made = self._api.admission.boot(
            validation_of(context),
            boot_request_from_proto(request),
            sent_at_from_metadata(_metadatum(context, SENT_AT)),
        )
        return pb.BootInstanceResponse(
            instances=[_shown(instance, context) for instance in made],
            reservation_id=made[0].reservation_id,
        )

    def GetInstance(
        self, request: pb.GetInstanceRequest, context: grpc.ServicerContext
    ) -> pb.Instance:
        return _shown(self._api.instances.shown(caller_of(context), request.instance), context)

    def ListInstances(
        self, request: pb.ListInstancesRequest, context: grpc.ServicerContext
    ) -> pb.ListInstancesResponse:
        caller, wanted = caller_of(context), list_request_from_proto(request)
        if request.brief:
            briefs, next_marker = self._api.instances.brief_page(caller, wanted)
            listed = [brief_to_proto(instance) for instance in briefs]
        else:
            found, next_marker = self._api.instances.page(caller, wanted)
            listed = [instance_to_proto(one, for_admin=caller.is_admin) for one in found]
        return pb.ListInstancesResponse(instances=listed, next_marker=next_marker or "")

    def DeleteInstance(
        self, request: pb.DeleteInstanceRequest, context: grpc.ServicerContext
    ) -> pb.Instance:
        going = self._api.deletion.delete(
            caller_of(context),
            request.instance,
            all_projects=request.all_projects,
            at_once=request.at_once,
        )
        return _shown(going, context)

    def WatchInstance(
        self, request: pb.WatchInstanceRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchInstanceResponse]:
        caller = caller_of(context)
        changes = self._api.instances.watch(
            caller,
            request.instance,
            with_steps=request.with_steps,
            until_deleted=request.until_deleted,
            is_wanted=context.is_active,
            on_end=context.add_callback,
        )
        for progress in changes:
            yield progress_to_proto(progress, for_admin=caller.is_admin)

    def GetTrace(self, request: pb.GetTraceRequest, context: grpc.ServicerContext) -> pb.Trace:
        caller = caller_of(context)
        trace = self._api.instances.trace(caller, request.instance)
        return trace_to_proto(trace, for_admin=caller.is_admin)

    def ExplainInstance(
        self, request: pb.ExplainInstanceRequest, context: grpc.ServicerContext
    ) -> pb.Decision:
        caller = caller_of(context)
        decision = self._api.instances.explain(caller, request.instance)
        return decision_to_proto(decision, for_admin=caller.is_admin)

    def ListInstanceActions(
        self, request: pb.ListInstanceActionsRequest, context: grpc.ServicerContext
    ) -> pb.ListInstanceActionsResponse:
        recorded = self._api.instances.actions(caller_of(context), request.instance)
        return pb.ListInstanceActionsResponse(actions=[action_to_proto(one) for one in recorded])

    def GetInstanceAction(
        self, request: pb.GetInstanceActionRequest, context: grpc.ServicerContext
    ) -> pb.InstanceAction:
        recorded = self._api.instances.action(
            caller_of(context), request.instance, request.request_id
        )
        return action_to_proto(recorded)

    def GetConsoleLog(
        self, request: pb.GetConsoleLogRequest, context: grpc.ServicerContext
    ) -> pb.GetConsoleLogResponse:
        instance = self._api.instances.get(caller_of(context), request.instance)
        return pb.GetConsoleLogResponse(output=self._api.consoles.log(instance, request.lines))

    def OpenConsole(
        self,
        request_iterator: Iterator[pb.OpenConsoleRequest],
        context: grpc.ServicerContext,
    ) -> Iterator[pb.OpenConsoleResponse]:
        first = next(request_iterator, None)
        if first is None:
            raise InvalidRequest("the first message names the server", code="empty-stream")
        instance = self._api.instances.get(caller_of(context), first.instance)
        typed = _typed(request_iterator)
        for output in self._api.consoles.attach(instance, typed, context.add_callback):
            yield pb.OpenConsoleResponse(data=output)

    def OpenTunnel(
        self,
        request_iterator: Iterator[pb.OpenTunnelRequest],
        context: grpc.ServicerContext,
    ) -> Iterator[pb.OpenTunnelResponse]:
        first = next(request_iterator, None)
        if first is None:
            raise InvalidRequest("the first message names the server", code="empty-stream")
        instance = self._api.instances.get(caller_of(context), first.instance)
        sent, on_end = _typed(request_iterator), context.add_callback
        for output in self._api.consoles.tunnel(instance, first.port, sent, on_end):
            yield pb.OpenTunnelResponse(data=output)

    def ListHosts(
        self, request: pb.ListHostsRequest, context: grpc.ServicerContext
    ) -> pb.ListHostsResponse:
        now = self._api.clock()
        hosts = self._api.instances.hosts(page_from_proto(request.page))
        return pb.ListHostsResponse(
            hosts=[host_to_proto(host, is_up=now - host.seen_at <= DOWN_AFTER) for host in hosts]
        )


def _shown(instance: Instance, context: grpc.ServicerContext) -> pb.Instance:
    return instance_to_proto(instance, for_admin=caller_of(context).is_admin)


def _typed(
    messages: Iterator[pb.OpenConsoleRequest] | Iterator[pb.OpenTunnelRequest],
) -> Iterator[bytes]:
    """Yield what the user types; one who breaks off has typed all there is."""
    try:
        for message in messages:
            yield message.data
    except grpc.RpcError:
        return


def _metadatum(context: grpc.ServicerContext, wanted: str) -> str | None:
    for key, value in context.invocation_metadata():
        if key == wanted and isinstance(value, str):
            return value
    return None
