"""Takes what agents and the api say, and knows from the transport who says it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vmctld.bus.base import Delivery, Settle
from vmctld.compute import messages as m
from vmctld.compute.conductor.builds import Builds
from vmctld.compute.conductor.copies import Copies
from vmctld.compute.conductor.deletes import Deletes
from vmctld.compute.conductor.hosts import Hosts
from vmctld.compute.conductor.snapshots import Snapshots
from vmctld.compute.conductor.task_tokens import TaskTokens
from vmctld.compute.conductor.tasks import Tasks
from vmctld.compute.messages import AGENT_PREFIX
from vmctld.compute.network_messages import TaskToken
from vmctld.errors import Forbidden, InvalidRequest


class Conductor:
    """Serves the ``conductor`` address: one method for each kind of message."""

    def __init__(
        self,
        builds: Builds,
        deletes: Deletes,
        hosts: Hosts,
        copies: Copies,
        tasks: Tasks,
        snapshots: Snapshots,
        task_tokens: TaskTokens,
    ) -> None:
        self._of_agents: dict[type, Callable[[Any, str, Delivery], object]] = {
            m.LoadInstance: builds.load,
            m.AwaitSlot: builds.await_slot,
            m.RecordProgress: builds.record_progress,
            m.BuildSucceeded: builds.succeeded,
            m.BuildFailed: builds.failed,
            m.InstanceDestroyed: deletes.destroyed,
            m.HostsReport: hosts.report,
            m.Reconcile: hosts.reconcile,
            m.PowerChanged: hosts.power_changed,
            m.RecordTask: tasks.record,
            m.TaskDone: tasks.done,
            m.TaskFailed: tasks.failed,
            TaskToken: task_tokens.issue,
            m.WantedCopies: copies.wanted,
        }
        self._report_all = hosts.report_all
        self._of_services: dict[type, Callable[[Any], object]] = {
            m.TerminateInstance: deletes.terminate,
            m.ReleaseReserved: deletes.release_reserved,
            m.RunTask: tasks.run,
            m.RotateBackups: snapshots.rotate,
            m.DiscardImage: snapshots.discard,
        }

    def handle(self, delivery: Delivery, _settle: Settle) -> object:
        """Do what the message asks; an agent is answered about its own instances only."""
        kind = type(delivery.message)
        if kind in self._of_services:
            if delivery.sender.startswith(AGENT_PREFIX):
                raise Forbidden("that is not for agents to ask", code="not-for-agents")
            return self._of_services[kind](delivery.message)
        if kind not in self._of_agents:
            raise InvalidRequest(f"the conductor knows no {kind.__name__}", code="unknown-message")
        if isinstance(delivery.message, m.HostsReport) and delivery.sender == m.ALL_AGENTS:
            return self._report_all(delivery.message)
        return self._of_agents[kind](delivery.message, host_of(delivery.sender), delivery)


def host_of(sender: str) -> str:
    """Return the host whose agent ``sender`` is; raises Forbidden for anybody else."""
    if not sender.startswith(AGENT_PREFIX):
        raise Forbidden(f"{sender or 'nobody'} is not a compute agent", code="not-an-agent")
    return sender.removeprefix(AGENT_PREFIX)
