"""Quotas on the wire."""

from __future__ import annotations

from vmctl.v1 import quota_pb2 as pb
from vmctld.domain.quota import Quota, Quotas


def quotas_to_proto(quotas: Quotas) -> pb.Quotas:
    """Return ``quotas`` as a message."""
    return pb.Quotas(
        project_id=quotas.project_id,
        quotas=[
            pb.Quota(resource=quota.resource, limit=quota.limit, used=quota.used)
            for quota in quotas.quotas
        ],
    )


def quotas_from_proto(message: pb.Quotas) -> Quotas:
    """Return the quotas that ``message`` describes."""
    return Quotas(
        project_id=message.project_id,
        quotas=tuple(Quota(quota.resource, quota.limit, quota.used) for quota in message.quotas),
    )
