"""Kills at random moments, while users boot and delete without end."""

from __future__ import annotations

import pytest

from tests.crash.restart import measure
from tests.crash.site import template
from tests.crash.soak import GROWTH_AT_MOST, soak
from tests.crash.storm import StormReport, storm
from tests.crash.trial import T_RESUME_S

SEED = 20_000
RESUMED_AT_LEAST = 0.99
SETTLED_S = 10.0
READY_S = 2.0


def weather(driver: str, rounds: int, seed: int = SEED) -> StormReport:
    with template(driver) as source:
        return storm(source, rounds, seed)


def check(report: StormReport, driver: str, rounds: int) -> None:
    again = f"make crash DRIVER={driver} ROUNDS={rounds} SEED={SEED}"
    assert report.violations == [], f"{report.violations}\nagain: {again}\n{report.last_words}"
    assert report.kills == rounds
    assert report.resumed >= report.interrupted * RESUMED_AT_LEAST
    assert max(report.settle_s) <= T_RESUME_S


def test_ten_kills_at_random_moments_lose_leak_and_double_nothing() -> None:
    check(weather("fake", 10), "fake", 10)


def test_kills_of_daemon_and_machines_lose_leak_and_double_nothing() -> None:
    check(weather("qemu", 3), "qemu", 3)


@pytest.mark.long
def test_a_thousand_kills_lose_leak_and_double_nothing() -> None:
    check(weather("fake", 1000), "fake", 1000)


@pytest.mark.long
def test_fifty_kills_among_real_machines_lose_leak_and_double_nothing() -> None:
    check(weather("qemu", 50), "qemu", 50)


@pytest.mark.long
def test_a_restart_is_quick() -> None:
    with template("fake") as source:
        report = measure(source, rounds=10)

    assert report.violations == []
    assert report.resumed >= report.interrupted * RESUMED_AT_LEAST
    assert max(report.settle_s) <= SETTLED_S
    assert min(report.ready_s) <= READY_S


@pytest.mark.long
def test_twenty_thousand_boots_and_deletions_leave_nothing_and_take_no_memory() -> None:
    with template("fake") as source:
        report = soak(source, 20_000, lambda _: None)

    assert report.violations == []
    assert report.not_active == 0
    assert report.growth <= GROWTH_AT_MOST
