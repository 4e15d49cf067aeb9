"""The operators' tools over gRPC: for admins, from message to message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.support.bus import an_envelope
from tests.support.carriers import by
from tests.support.instances import keep_hosts
from tests.support.living import INSTANCE, a_living_installation, operations_of
from tests.support.planted import MENDED, Site
from tests.support.planted.files import flipped_image_bit
from tests.support.serving import serving
from vmctl.v1 import operator_pb2 as pb
from vmctl.v1.operator_pb2_grpc import (
    OperatorServiceStub,
    add_OperatorServiceServicer_to_server,
)
from vmctld.bus.base import DeadLetter
from vmctld.compute.conductor.dead_letters import DeadLetters
from vmctld.compute.messages import TerminateInstance
from vmctld.errors import Internal
from vmctld.operations.installation import Installation
from vmctld.rpc.servicers.operator import OperatorServicer

MEMBER, ADMIN = by("member"), by("admin")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with a_living_installation(tmp_path / "state") as installation:
        yield installation


@pytest.fixture
def served(installation: Installation) -> Iterator[tuple[OperatorServiceStub, Site]]:
    """The tools of an installation, and where to plant in it."""
    servicer = OperatorServicer(operations_of(installation))
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


def test_an_audit_names_the_hosts_that_it_does_not_see_into(
    served: tuple[OperatorServiceStub, Site], installation: Installation
) -> None:
    operators, _ = served
    keep_hosts(installation.database, "elsewhere")

    answer = operators.Audit(pb.AuditRequest(), metadata=ADMIN)

    assert list(answer.unseen_hosts) == ["elsewhere"]


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


def test_a_dead_letter_is_listed_sent_again_and_gone(
    served: tuple[OperatorServiceStub, Site], installation: Installation
) -> None:
    operators, _ = served
    keeper = DeadLetters(installation.database, installation.clock)
    message = TerminateInstance(INSTANCE)
    keeper.on_dead_letter(DeadLetter("conductor", an_envelope(message), Internal("it broke")))

    (letter,) = operators.ListDeadLetters(pb.ListDeadLettersRequest(), metadata=ADMIN).letters
    sent = operators.ReplayDeadLetter(pb.ReplayDeadLetterRequest(id=letter.id), metadata=ADMIN)
    with pytest.raises(grpc.RpcError) as refusal:
        operators.DeleteDeadLetter(pb.DeleteDeadLetterRequest(id=letter.id), metadata=ADMIN)

    assert (letter.message, letter.instance_id) == ("TerminateInstance", INSTANCE)
    assert (letter.reason, letter.replayable, sent) == ("it broke", True, letter)
    assert refusal.value.code() is grpc.StatusCode.NOT_FOUND


def test_members_may_do_none_of_it(served: tuple[OperatorServiceStub, Site]) -> None:
    operators, _ = served

    for method, request in (
        (operators.Audit, pb.AuditRequest(repair=True)),
        (operators.Diagnose, pb.DiagnoseRequest()),
        (operators.ListDeadLetters, pb.ListDeadLettersRequest()),
        (operators.ReplayDeadLetter, pb.ReplayDeadLetterRequest()),
        (operators.DeleteDeadLetter, pb.DeleteDeadLetterRequest()),
    ):
        with pytest.raises(grpc.RpcError) as refusal:
            method(request, metadata=MEMBER)
        assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED
