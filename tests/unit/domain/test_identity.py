"""Who asks."""

from __future__ import annotations

import pytest

from tests.support.callers import a_build, a_caller, a_service, an_admin
from tests.support.clock import NOON
from vmctld.domain.identity import Role, StepTiming, UserChanges, Validation


@pytest.mark.parametrize(
    ("caller", "is_admin"),
    [
        (an_admin(), True),
        (a_service(), True),
        (a_caller(), False),
        (a_caller(role=Role.READER), False),
        (a_build("instance-1"), False),
    ],
)
def test_admins_and_the_daemons_own_parts_see_what_others_own(caller, is_admin) -> None:
    assert caller.is_admin is is_admin


def test_a_validation_as_a_whole_is_the_question_and_the_answer() -> None:
    asked, answered = StepTiming(NOON, 1.0), StepTiming(NOON, 0.5)

    assert Validation(a_caller(), asked, answered, from_cache=False).total == StepTiming(NOON, 1.5)


def test_a_new_password_is_not_shown_by_accident() -> None:
    assert "hush" not in repr(UserChanges(password="hush"))
