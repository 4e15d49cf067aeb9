"""For operators: is the installation sound, and does anything lie about?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import operator_pb2 as pb
from vmctl.v1.operator_pb2_grpc import OperatorServiceStub

from vmctl_cli.client.calls import Calls
from vmctl_cli.client.values import or_none


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    outcome: str  # ok, warning or failed
    detail: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that belongs to nothing alive."""

    invariant: str
    kind: str
    subject: str
    detail: str
    repaired: bool


class Operators:
    """The operator service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> OperatorServiceStub:
        return OperatorServiceStub(self._calls.channel)

    def diagnose(self) -> list[Check]:
        """Return what the installation looks like, check by check."""
        answer = self._calls.unary(self._stub.Diagnose, pb.DiagnoseRequest(), repeatable=True)
        return [
            Check(check.name, check.outcome, check.detail, or_none(check.remedy))
            for check in answer.checks
        ]

    def audit(self, *, repair: bool, deep: bool = False) -> list[Finding]:
        """Return what breaks an invariant, mended if that is asked for.

        ``deep`` compares the hashes of images, too.
        """
        request = pb.AuditRequest(repair=repair, deep=deep)
        answer = self._calls.unary(self._stub.Audit, request)
        return [
            Finding(one.invariant, one.kind, one.subject, one.detail, one.repaired)
            for one in answer.findings
        ]
