"""Hosts for operators: hypervisors, and the agents on them, which nova calls services."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from vmctl.v1 import host_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.host_pb2_grpc import HostServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.host_records import (
    HostAgent,
    Hypervisor,
    HypervisorServer,
    HypervisorStats,
    agent_from,
    hypervisor_from,
    stats_from,
)
from vmctl_cli.client.pages import all_of


class Hosts:
    """The host service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> HostServiceStub:
        return HostServiceStub(self._calls.channel)

    def list(
        self, matching: str = "", *, limit: int | None = None, marker: str = ""
    ) -> Iterator[Hypervisor]:
        """Return the hypervisors whose names contain ``matching``, sorted by name."""

        def fetch(page: Page) -> list[pb.Hypervisor]:
            request = pb.ListHypervisorsRequest(page=page, matching=matching)
            answer = self._calls.unary(self._stub.ListHypervisors, request, repeatable=True)
            return [*answer.hypervisors]

        found = all_of(fetch, lambda one: one.name, limit=limit, marker=marker)
        yield from map(hypervisor_from, found)

    def get(self, hypervisor: str) -> Hypervisor:
        """Return the hypervisor of that name or id."""
        request = pb.GetHypervisorRequest(hypervisor=hypervisor)
        return hypervisor_from(
            self._calls.unary(self._stub.GetHypervisor, request, repeatable=True)
        )

    def stats(self) -> HypervisorStats:
        """Return sums over all enabled hosts."""
        request = pb.GetHypervisorStatsRequest()
        return stats_from(
            self._calls.unary(self._stub.GetHypervisorStats, request, repeatable=True)
        )

    def servers(self, hypervisor: str) -> tuple[HypervisorServer, ...]:
        """Return the servers of the hypervisors of that name, or part of it."""
        request = pb.ListHypervisorServersRequest(hypervisor=hypervisor)
        answer = self._calls.unary(self._stub.ListHypervisorServers, request, repeatable=True)
        return tuple(
            HypervisorServer(one.id, one.name, one.hypervisor_id, one.hypervisor_name)
            for one in answer.servers
        )

    def set_ratios(
        self, hypervisor: str, cpu: float | None, ram: float | None, disk: float | None
    ) -> Hypervisor:
        """Change a host's own allocation ratios; 0 takes one away, None leaves it."""
        request = pb.UpdateHypervisorRequest(
            hypervisor=hypervisor,
            cpu_allocation_ratio=cpu,
            ram_allocation_ratio=ram,
            disk_allocation_ratio=disk,
        )
        return hypervisor_from(self._calls.unary(self._stub.UpdateHypervisor, request))

    def agents(self, host: str = "", binary: str = "") -> tuple[HostAgent, ...]:
        """Return the agents of all hosts, or of one."""
        request = pb.ListHostAgentsRequest(host=host, binary=binary)
        answer = self._calls.unary(self._stub.ListHostAgents, request, repeatable=True)
        return tuple(agent_from(agent) for agent in answer.agents)

    def enable(self, agent: str) -> HostAgent:
        """Let the scheduler use the agent's host."""
        request = pb.UpdateHostAgentRequest(agent=agent, enabled=True)
        return agent_from(self._calls.unary(self._stub.UpdateHostAgent, request))

    def disable(self, agent: str, reason: str) -> HostAgent:
        """Keep the scheduler off the agent's host."""
        request = pb.UpdateHostAgentRequest(agent=agent, enabled=False, disabled_reason=reason)
        return agent_from(self._calls.unary(self._stub.UpdateHostAgent, request))

    def force_down(self, agent: str, *, forced_down: bool) -> HostAgent:
        """Say that the agent's host is dead, or that it is not."""
        request = pb.UpdateHostAgentRequest(agent=agent, forced_down=forced_down)
        return agent_from(self._calls.unary(self._stub.UpdateHostAgent, request))

    def forget(self, agent: str) -> None:
        """Forget an agent and its host."""
        self._calls.unary(self._stub.DeleteHostAgent, pb.DeleteHostAgentRequest(agent=agent))
