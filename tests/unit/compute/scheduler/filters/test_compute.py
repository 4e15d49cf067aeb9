from __future__ import annotations

from datetime import timedelta

from tests.support.clock import NOON
from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.compute import DOWN_AFTER, is_up_and_enabled


def test_a_host_that_an_operator_disabled_is_refused_with_his_reason() -> None:
    disabled = a_host(enabled=False, disabled_reason="new disks")

    assert is_up_and_enabled(disabled, a_request()) == "disabled: new disks"
    assert is_up_and_enabled(a_host(enabled=False), a_request()) == "disabled: no reason given"


def test_a_host_that_has_been_silent_for_too_long_is_refused() -> None:
    silent = a_host(seen_at=NOON - DOWN_AFTER - timedelta(seconds=1))

    assert is_up_and_enabled(silent, a_request()) == "down: last heard of 61 s ago"


def test_a_host_that_was_heard_of_just_in_time_will_do() -> None:
    assert is_up_and_enabled(a_host(seen_at=NOON - DOWN_AFTER), a_request()) is None


def test_a_host_whose_clock_is_ahead_will_do() -> None:
    assert is_up_and_enabled(a_host(seen_at=NOON + timedelta(hours=1)), a_request()) is None


def test_a_host_that_an_operator_says_is_dead_is_refused_though_it_speaks() -> None:
    assert is_up_and_enabled(a_host(forced_down=True), a_request()) == "down: an operator says so"


def test_whoever_could_not_hear_calls_no_host_silent() -> None:
    silent = a_host(seen_at=NOON - DOWN_AFTER - timedelta(hours=1))

    assert is_up_and_enabled(silent, a_request(hears_hosts=False)) is None
