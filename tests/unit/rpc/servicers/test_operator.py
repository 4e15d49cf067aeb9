"""The operators' tools over gRPC: for admins, from message to message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from vmctl.v1 import operator_pb2 as pb
from vmctl.v1.operator_pb2_grpc import (
    OperatorServiceStub,
    add_OperatorServiceServicer_to_server,
)
from vmctld.operations.service import Operations
from vmctld.rpc.servicers.operator import OperatorServicer

from tests.support.carriers import by
from tests.support.living import INSTANCE, a_living_installation
from tests.support.planted import MENDED, Site
from tests.support.planted.files import flipped_image_bit
from tests.support.serving import serving

MEMBER, ADMIN = by("member"), by("admin")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[OperatorServiceStub, Site]]:
    """The tools of an installation, and where to plant in it."""
    with a_living_installation(tmp_path / "state") as installation:
        servicer = OperatorServicer(Operations(installation))
        site = Site(installation.state_dir, INSTANCE, now=installation.clock())
        with serving(add_OperatorServiceServicer_to_server, servicer) as channel:
            yield OperatorServiceStub(channel), site


def test_an_audit_finds_and_repairs(served: tuple[OperatorServiceStub, Site]) -> None:
    operators, site = served
    planted = MENDED["stray-hold"](site)

    seen = operators.Audit(pb.AuditRequest(), metadata=ADMIN).findings
    repaired = operators.Audit(pb.AuditRequest(repair=True), metadata=ADMIN).findings

    assert [(one.invariant, one.subject, one.repaired) for one in (*seen, *repaired)] == [
        ("I7", planted.subject, False),
        ("I7", planted.subject, True),
    ]


def test_a_deep_audit_reads_whole_files(served: tuple[OperatorServiceStub, Site]) -> None:
    operators, site = served
    flipped_image_bit(site)

    shallow = operators.Audit(pb.AuditRequest(), metadata=ADMIN).findings
    deep = operators.Audit(pb.AuditRequest(deep=True), metadata=ADMIN).findings

    assert (len(shallow), [one.invariant for one in deep]) == (0, ["I9"])


def test_a_diagnosis_tells_every_examination(served: tuple[OperatorServiceStub, Site]) -> None:
    operators, _ = served

    checks = operators.Diagnose(pb.DiagnoseRequest(), metadata=ADMIN).checks

    assert checks[0].name == "database"
    assert {check.outcome for check in checks} <= {"ok", "warning", "failed"}


def test_members_may_do_neither(served: tuple[OperatorServiceStub, Site]) -> None:
    operators, _ = served

    for method, request in (
        (operators.Audit, pb.AuditRequest(repair=True)),
        (operators.Diagnose, pb.DiagnoseRequest()),
    ):
        with pytest.raises(grpc.RpcError) as refusal:
            method(request, metadata=MEMBER)
        assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED
