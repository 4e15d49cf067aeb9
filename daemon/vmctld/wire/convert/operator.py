"""Findings and diagnoses on the wire."""

from __future__ import annotations

from vmctl.v1 import operator_pb2 as pb
from vmctld.domain.operations import Diagnosis, Finding, KeptLetter, Outcome
from vmctld.wire.convert.common import time_to_proto


def finding_to_proto(finding: Finding) -> pb.Finding:
    """Return ``finding`` as a message."""
    return pb.Finding(
        invariant=finding.invariant,
        kind=finding.kind,
        subject=finding.subject,
        detail=finding.detail,
        repaired=finding.repaired,
    )


def finding_from_proto(message: pb.Finding) -> Finding:
    """Return the finding that ``message`` describes."""
    return Finding(
        invariant=message.invariant,
        kind=message.kind,
        subject=message.subject,
        detail=message.detail,
        repaired=message.repaired,
    )


def diagnosis_to_proto(diagnosis: Diagnosis) -> pb.Check:
    """Return ``diagnosis`` as a message."""
    return pb.Check(
        name=diagnosis.name,
        outcome=diagnosis.outcome.value,
        detail=diagnosis.detail,
        remedy=diagnosis.remedy,
    )


def diagnosis_from_proto(message: pb.Check) -> Diagnosis:
    """Return the diagnosis that ``message`` describes."""
    return Diagnosis(
        name=message.name,
        outcome=Outcome(message.outcome),
        detail=message.detail,
        remedy=message.remedy,
    )


def letter_to_proto(letter: KeptLetter) -> pb.DeadLetter:
    """Return ``letter`` as a message; its body stays here."""
    return pb.DeadLetter(
        id=letter.id,
        died_at=time_to_proto(letter.died_at),
        address=letter.address,
        message=letter.message,
        instance_id=letter.instance_id or "",
        request_id=letter.request_id,
        code=letter.code,
        reason=letter.reason,
        replayable=letter.body is not None,
    )
