"""``audit`` and ``doctor``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import operator_pb2 as pb


def test_a_clean_audit_is_0(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("audit")

    assert (result.code, result.err) == (0, "nothing found\n")
    assert cloud.requests == [pb.AuditRequest()]


def test_an_audit_says_where_it_could_not_look(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["Audit"] = pb.AuditResponse(unseen_hosts=[f"web-{n}" for n in range(7)])

    result = vmctl("audit")

    assert result.code == 0
    assert "not looked at on 7 hosts: web-0, web-1, web-2, web-3, web-4, ..." in result.err
    assert "nothing found where it looked" in result.err


@pytest.mark.parametrize("repaired", [True, False])
def test_findings_are_10_even_when_they_are_mended(
    vmctl: Vmctl, cloud: FakeCloud, repaired: bool
) -> None:
    cloud.answers["Audit"] = pb.AuditResponse(
        findings=[pb.Finding(invariant="I3", kind="port", subject="p1", repaired=repaired)]
    )

    result = vmctl("audit", "--repair", "-f", "value", "-c", "invariant")

    assert (result.code, result.out) == (10, "I3\n")
    assert result.err == f"1 found, {int(repaired)} of them mended\n"
    assert cloud.requests == [pb.AuditRequest(repair=True)]


@pytest.mark.parametrize(("outcome", "code"), [("ok", 0), ("warning", 0), ("failed", 10)])
def test_a_failed_check_is_10(vmctl: Vmctl, cloud: FakeCloud, outcome: str, code: int) -> None:
    check = pb.Check(name="kvm", outcome=outcome, detail="d", remedy="r")
    cloud.answers["Diagnose"] = pb.DiagnoseResponse(checks=[check])

    result = vmctl("doctor")

    assert result.code == code
    assert "| kvm  |" in result.out
    assert ("failed: kvm" in result.err) is (outcome == "failed")
