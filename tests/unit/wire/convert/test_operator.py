"""Findings and diagnoses on the wire: nothing is lost on the way there and back."""

from __future__ import annotations

import pytest

from tests.support.filled import filled
from tests.support.round_trip import assert_survives
from vmctld.domain.operations import Diagnosis, Finding, Outcome
from vmctld.wire.convert.operator import (
    diagnosis_from_proto,
    diagnosis_to_proto,
    finding_from_proto,
    finding_to_proto,
)


def test_every_field_of_a_finding_comes_back() -> None:
    assert_survives(filled(Finding), finding_to_proto, finding_from_proto)


def test_every_field_of_a_diagnosis_comes_back() -> None:
    assert_survives(filled(Diagnosis), diagnosis_to_proto, diagnosis_from_proto)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_word(outcome: Outcome) -> None:
    diagnosis = Diagnosis("name", outcome, "detail")

    assert diagnosis_from_proto(diagnosis_to_proto(diagnosis)) == diagnosis
