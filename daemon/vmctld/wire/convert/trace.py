"""Traces, decisions, recorded actions and hosts on the wire."""

from __future__ import annotations

from vmctl.v1 import compute_pb2 as pb
from vmctld.domain.host import HostState
from vmctld.domain.recorded import ActionEvent, RecordedAction
from vmctld.domain.trace import Attempt, Progress, ShownStep, Trace
from vmctld.wire.convert.common import time_to_proto
from vmctld.wire.convert.instance import fault_to_proto, instance_to_proto


def step_to_proto(step: ShownStep) -> pb.Step:
    """Return one traced step as a message."""
    return pb.Step(
        number=step.number,
        component=step.component,
        peer=step.peer,
        name=step.name,
        attempt=step.attempt,
        started_at=time_to_proto(step.started_at),
        duration_ms=step.duration_ms,
        outcome=step.outcome.value,
        detail=step.detail,
    )


def trace_to_proto(trace: Trace, *, for_admin: bool) -> pb.Trace:
    """Return all attempts of a boot as a message."""
    return pb.Trace(
        instance_id=trace.instance_id,
        request_id=trace.request_id,
        steps=[step_to_proto(step) for step in trace.last.steps],
        attempts=[_attempt(attempt, for_admin) for attempt in trace.earlier],
    )


def progress_to_proto(progress: Progress, *, for_admin: bool) -> pb.WatchInstanceResponse:
    """Return what a watcher is told as a message."""
    return pb.WatchInstanceResponse(
        instance=instance_to_proto(progress.instance, for_admin=for_admin),
        steps=[step_to_proto(step) for step in progress.steps],
        running_action=progress.running_action or "",
    )


def action_to_proto(recorded: RecordedAction) -> pb.InstanceAction:
    """Return a recorded action with its events as a message."""
    action = recorded.action
    return pb.InstanceAction(
        action=action.action,
        instance_id=action.instance_id,
        request_id=action.request_id,
        user_id=action.user_id,
        project_id=action.project_id,
        started_at=time_to_proto(action.started_at),
        updated_at=time_to_proto(action.updated_at),
        message=action.message or "",
        events=[_event(event) for event in recorded.events],
    )


def host_to_proto(host: HostState, *, is_up: bool) -> pb.Host:
    """Return a host as operators see it."""
    return pb.Host(
        name=host.name,
        availability_zone=host.availability_zone,
        state="up" if is_up else "down",
        status="enabled" if host.enabled else "disabled",
        driver=host.driver,
        vcpus=host.vcpus,
        ram_mib=host.ram_mib,
        disk_gib=host.disk_gib,
        vcpus_claimed=host.claimed.vcpus,
        ram_claimed_mib=host.claimed.ram_mib,
        disk_claimed_gib=host.claimed.disk_gib,
        instances=host.instances,
        seen_at=time_to_proto(host.seen_at),
    )


def _attempt(attempt: Attempt, for_admin: bool) -> pb.Attempt:
    message = pb.Attempt(
        number=attempt.number,
        host=(attempt.host or "") if for_admin else "",
        steps=[step_to_proto(step) for step in attempt.steps],
    )
    if attempt.fault is not None:
        message.fault.CopyFrom(fault_to_proto(attempt.fault))
    return message


def _event(event: ActionEvent) -> pb.ActionEvent:
    message = pb.ActionEvent(
        event=event.event,
        started_at=time_to_proto(event.started_at),
        result=event.result or "",
        host=event.host or "",
        details=event.details,
    )
    if event.finished_at is not None:
        message.finished_at.CopyFrom(time_to_proto(event.finished_at))
    return message
