"""How long no sign-in is tried."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.clock import NOON
from vmctld.errors import Unauthenticated
from vmctld.identity.lockout import (
    REMEMBERED_NAMES,
    StrangerNames,
    locked_until,
    refuse_while_locked,
)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(5, 60), (6, 120), (7, 240), (10, 1920), (11, 3600), (12, 3600), (10_000, 3600)],
)
def test_the_lock_doubles_with_each_failure_up_to_an_hour(failures: int, seconds: int) -> None:
    assert locked_until(failures, NOON) == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize("failures", [0, 1, 4])
def test_four_failures_lock_nothing(failures: int) -> None:
    assert locked_until(failures, NOON) is None


def test_the_refusal_says_until_when() -> None:
    with pytest.raises(Unauthenticated) as refusal:
        refuse_while_locked(NOON + timedelta(seconds=60), NOON)

    assert refusal.value.code == "sign-in-locked"
    assert "2026-03-01 12:01:00 UTC" in refusal.value.message
    assert refusal.value.facts["retry_after_s"] == 61


def test_a_lock_that_is_over_refuses_nothing() -> None:
    refuse_while_locked(NOON, NOON)
    refuse_while_locked(None, NOON)


def test_names_that_nobody_has_lock_out_too_and_are_forgotten_in_order() -> None:
    strangers = StrangerNames()
    for _ in range(5):
        strangers.record_failure("root", NOON)

    assert strangers.locked_until("root") == NOON + timedelta(seconds=60)

    for number in range(REMEMBERED_NAMES):
        strangers.record_failure(f"name-{number}", NOON)

    assert strangers.locked_until("root") is None
