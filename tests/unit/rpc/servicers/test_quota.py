"""Quotas over gRPC: every method, from message to message."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from tests.support.carriers import by
from tests.support.database import a_database
from tests.support.serving import serving
from vmctl.v1 import quota_pb2 as pb
from vmctl.v1.quota_pb2_grpc import QuotaServiceStub, add_QuotaServiceServicer_to_server
from vmctld.compute.quotas import ProjectQuotas
from vmctld.rpc.servicers.quota import QuotaServicer

MEMBER, ADMIN = by("member"), by("admin")


def test_an_admin_changes_limits_and_all_see_their_own(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    servicer = QuotaServicer(ProjectQuotas(database))
    with serving(add_QuotaServiceServicer_to_server, servicer) as channel:
        quotas = QuotaServiceStub(channel)

        request = pb.UpdateQuotasRequest(limits={"cores": -1})
        changed = quotas.UpdateQuotas(request, metadata=ADMIN)
        mine = quotas.GetQuotas(pb.GetQuotasRequest(), metadata=MEMBER)
        with pytest.raises(grpc.RpcError) as refusal:
            quotas.UpdateQuotas(request, metadata=MEMBER)

    assert {q.resource: q.limit for q in changed.quotas}["cores"] == -1
    assert {q.resource: q.limit for q in mine.quotas}["cores"] == 20
    assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED
    database.close()
