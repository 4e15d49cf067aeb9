"""Which failures come again, how often, how soon."""

from __future__ import annotations

import pytest

from vmctld.bus.rules import (
    LONGEST_PAUSE_S,
    MAX_DELIVERIES,
    comes_again,
    is_worth_retrying,
    pause_s,
)
from vmctld.errors import (
    Exhausted,
    Forbidden,
    Internal,
    InvalidRequest,
    NotFound,
    TimedOut,
    Unavailable,
    VmctlError,
)

FULL = Exhausted("no space left", code="disk-full")


@pytest.mark.parametrize("error", [Unavailable("x"), TimedOut("x"), Internal("x"), FULL])
def test_what_may_be_better_next_time_is_worth_another_try(error: VmctlError) -> None:
    assert is_worth_retrying(error)


@pytest.mark.parametrize(
    "error", [InvalidRequest("x"), NotFound("x"), Forbidden("x"), Exhausted("x")]
)
def test_what_stays_wrong_is_not(error: VmctlError) -> None:
    assert not is_worth_retrying(error)


def test_what_fails_five_times_is_given_up() -> None:
    assert comes_again(Unavailable("x"), MAX_DELIVERIES - 1)
    assert not comes_again(Unavailable("x"), MAX_DELIVERIES)


def test_a_database_that_is_away_costs_no_message() -> None:
    assert comes_again(Unavailable("x", code="database-unavailable"), 1000)


def test_the_pause_doubles_up_to_a_limit() -> None:
    assert [pause_s(attempt) for attempt in (1, 2, 3, 4)] == [0.05, 0.1, 0.2, 0.4]
    assert pause_s(100_000) == LONGEST_PAUSE_S
