"""For operators: is the installation sound, and does anything lie about?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import operator_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.operator_pb2_grpc import OperatorServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.pages import all_of
from vmctl_cli.client.values import or_none, time_of


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


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit came to."""

    findings: list[Finding]
    unseen_hosts: list[str]  # it could not look at their machines, processes and files


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that nobody could handle."""

    id: str
    died_at: str | None
    address: str  # the queue that it lay in
    message: str
    instance_id: str | None
    request_id: str | None
    code: str
    reason: str
    replayable: bool


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

    def audit(self, *, repair: bool, deep: bool = False) -> Audit:
        """Return what breaks an invariant, mended if that is asked for.

        ``deep`` compares the hashes of images, too.
        """
        request = pb.AuditRequest(repair=repair, deep=deep)
        answer = self._calls.unary(self._stub.Audit, request)
        findings = [
            Finding(one.invariant, one.kind, one.subject, one.detail, one.repaired)
            for one in answer.findings
        ]
        return Audit(findings, list(answer.unseen_hosts))

    def dead_letters(self) -> Iterator[DeadLetter]:
        """Return the messages that nobody could handle, oldest first."""

        def fetch(page: Page) -> list[pb.DeadLetter]:
            request = pb.ListDeadLettersRequest(page=page)
            answer = self._calls.unary(self._stub.ListDeadLetters, request, repeatable=True)
            return list(answer.letters)

        yield from map(_letter, all_of(fetch, lambda letter: letter.id))

    def replay(self, letter_id: str) -> DeadLetter:
        """Send a dead letter's message again; return what it was."""
        request = pb.ReplayDeadLetterRequest(id=letter_id)
        return _letter(self._calls.unary(self._stub.ReplayDeadLetter, request))

    def delete_dead_letter(self, letter_id: str) -> None:
        """Forget a dead letter."""
        self._calls.unary(self._stub.DeleteDeadLetter, pb.DeleteDeadLetterRequest(id=letter_id))


def _letter(message: pb.DeadLetter) -> DeadLetter:
    return DeadLetter(
        id=message.id,
        died_at=time_of(message, "died_at"),
        address=message.address,
        message=message.message,
        instance_id=or_none(message.instance_id),
        request_id=or_none(message.request_id),
        code=message.code,
        reason=message.reason,
        replayable=message.replayable,
    )
