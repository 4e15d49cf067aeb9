from __future__ import annotations

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from vmctld.compute.api.console_passes import LIFETIME_S, MAX_OF_ONE_USER, ConsolePasses
from vmctld.domain.console import ConsoleKind
from vmctld.errors import Unauthenticated

ALICE = a_caller()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def passes(clock: FakeClock) -> ConsolePasses:
    return ConsolePasses(clock.monotonic)


def test_a_pass_opens_what_it_was_issued_for_more_than_once(passes: ConsolePasses) -> None:
    secret = passes.issue(ConsoleKind.NOVNC, "i-1", ALICE)

    found = [passes.find(secret, ConsoleKind.NOVNC) for _ in range(2)]

    assert {(one.instance_id, one.caller) for one in found} == {("i-1", ALICE)}


def test_a_pass_to_a_screen_opens_no_serial_port(passes: ConsolePasses) -> None:
    secret = passes.issue(ConsoleKind.NOVNC, "i-1", ALICE)

    with pytest.raises(Unauthenticated) as refusal:
        passes.find(secret, ConsoleKind.SERIAL)

    assert refusal.value.code == "console-pass-invalid"


def test_a_pass_ends_after_ten_minutes_whatever_the_wall_clock_says(
    passes: ConsolePasses, clock: FakeClock
) -> None:
    secret = passes.issue(ConsoleKind.SERIAL, "i-1", ALICE)
    clock.advance(LIFETIME_S - 1)
    passes.find(secret, ConsoleKind.SERIAL)
    clock.advance(1)
    clock.jump(days=-300)

    with pytest.raises(Unauthenticated):
        passes.find(secret, ConsoleKind.SERIAL)


@pytest.mark.parametrize("secret", ["", "x", "A" * 43])
def test_a_guessed_secret_opens_nothing(passes: ConsolePasses, secret: str) -> None:
    passes.issue(ConsoleKind.NOVNC, "i-1", ALICE)

    with pytest.raises(Unauthenticated):
        passes.find(secret, ConsoleKind.NOVNC)


def test_one_user_who_asks_on_and_on_loses_the_oldest_and_nobody_elses(
    passes: ConsolePasses,
) -> None:
    others = passes.issue(ConsoleKind.NOVNC, "i-2", a_caller(user="bob"))
    secrets = [passes.issue(ConsoleKind.NOVNC, "i-1", ALICE) for _ in range(MAX_OF_ONE_USER + 1)]

    with pytest.raises(Unauthenticated):
        passes.find(secrets[0], ConsoleKind.NOVNC)

    assert passes.find(secrets[1], ConsoleKind.NOVNC)
    assert passes.find(others, ConsoleKind.NOVNC)


def test_no_secret_is_kept(passes: ConsolePasses) -> None:
    secret = passes.issue(ConsoleKind.NOVNC, "i-1", ALICE)

    assert secret not in repr(vars(passes))
