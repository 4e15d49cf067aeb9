"""Quotas: how much a project may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import quota_pb2 as pb
from vmctl.v1.quota_pb2_grpc import QuotaServiceStub
from vmctl_cli.client.calls import Calls


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit and what is used of it; -1: unlimited."""

    resource: str
    limit: int
    used: int


@dataclass(frozen=True, slots=True)
class Quotas:
    """All limits of one project."""

    project_id: str
    quotas: tuple[Quota, ...]


class QuotaService:
    """The quota service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> QuotaServiceStub:
        return QuotaServiceStub(self._calls.channel)

    def get(self, project: str = "") -> Quotas:
        """Return a project's limits; empty: those of one's own."""
        request = pb.GetQuotasRequest(project=project)
        return _quotas(self._calls.unary(self._stub.GetQuotas, request, repeatable=True))

    def update(self, project: str, limits: Mapping[str, int], *, force: bool = False) -> Quotas:
        """Change a project's limits; below what is used only by ``force``."""
        request = pb.UpdateQuotasRequest(project=project, limits=limits, force=force)
        return _quotas(self._calls.unary(self._stub.UpdateQuotas, request))

    def reset(self, project: str) -> Quotas:
        """Take a project's own limits away."""
        request = pb.ResetQuotasRequest(project=project)
        return _quotas(self._calls.unary(self._stub.ResetQuotas, request))

    def get_class(self, name: str) -> Quotas:
        """Return the limits of whoever has none of their own."""
        request = pb.GetQuotaClassRequest(name=name)
        return _quotas(self._calls.unary(self._stub.GetQuotaClass, request, repeatable=True))

    def update_class(self, name: str, limits: Mapping[str, int]) -> Quotas:
        """Change the limits of whoever has none of their own."""
        request = pb.UpdateQuotaClassRequest(name=name, limits=limits)
        return _quotas(self._calls.unary(self._stub.UpdateQuotaClass, request))


def _quotas(message: pb.Quotas) -> Quotas:
    return Quotas(
        project_id=message.project_id,
        quotas=tuple(Quota(one.resource, one.limit, one.used) for one in message.quotas),
    )
