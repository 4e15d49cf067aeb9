"""Clocks that jump, passwords that lie about, failpoints that were forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from vmctld.domain.operations import Outcome
from vmctld.operations.doctor import settings
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import tokens


def test_a_clock_that_is_ahead_of_all_that_is_recorded_is_fine(
    installation: Installation,
) -> None:
    assert settings.clock(installation).outcome is Outcome.OK


def test_a_clock_that_jumped_back_is_told_by_how_much(installation: Installation) -> None:
    with installation.database.write() as tx:
        tokens.note_time(tx, installation.clock())
    back = replace(installation, clock=lambda: installation.clock() - timedelta(hours=5))

    diagnosis = settings.clock(back)

    assert diagnosis.outcome is Outcome.WARNING
    assert "18000 s before the latest time on record" in diagnosis.detail


def test_a_clock_that_jumped_back_shows_in_what_was_changed_too(
    installation: Installation,
) -> None:
    back = replace(installation, clock=lambda: installation.clock() - timedelta(days=3650))

    assert settings.clock(back).outcome is Outcome.WARNING


def test_the_first_password_is_not_to_lie_about(installation: Installation) -> None:
    assert settings.admin_password(installation).outcome is Outcome.OK
    (installation.state_dir / "admin-password").write_text("not shown")

    diagnosis = settings.admin_password(installation)

    assert diagnosis.outcome is Outcome.WARNING
    assert "not shown" not in diagnosis.detail


@pytest.mark.parametrize(
    ("failpoint", "outcome", "detail"),
    [
        (None, Outcome.OK, "off"),
        ("", Outcome.WARNING, "enabled: none armed"),
        ("step=1;phase=before;do=kill", Outcome.WARNING, "enabled: step=1;phase=before;do=kill"),
    ],
)
def test_failpoints_are_for_tests(
    installation: Installation, failpoint: str | None, outcome: Outcome, detail: str
) -> None:
    diagnosis = settings.failpoints(replace(installation, failpoint=failpoint))

    assert (diagnosis.outcome, diagnosis.detail) == (outcome, detail)
