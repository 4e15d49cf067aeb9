"""Roles in four processes, on RabbitMQ and PostgreSQL: the same cells, kills and invariants."""

from __future__ import annotations

import pytest

from tests.crash.site import SPLIT
from tests.crash.storm import StormReport
from tests.crash.test_matrix import check, specs_of
from tests.crash.test_storm import RESUMED_AT_LEAST, weather
from vmctld.observe.failpoints import Fate

KILLS = (
    "step=7;phase=after-record;do=kill",
    "step=11;phase=after-effect;do=kill",
    "step=16;phase=after-record;do=kill",
    "step=28;phase=after-effect;do=kill",
    "step=delete:terminate;phase=after-record;do=kill",
)
"""At least one in each role."""


def test_a_role_killed_at_its_work_leaves_nothing_and_resumes_everything() -> None:
    check(KILLS, SPLIT)


@pytest.mark.long
def test_a_role_killed_at_any_point_leaves_nothing_and_resumes_everything() -> None:
    check(specs_of(Fate.KILL), SPLIT)


@pytest.mark.long
def test_roles_killed_at_random_moments_lose_leak_and_double_nothing() -> None:
    report: StormReport = weather(SPLIT, 100)

    assert report.violations == [], f"{report.violations}\n{report.last_words}"
    assert report.resumed >= report.interrupted * RESUMED_AT_LEAST
