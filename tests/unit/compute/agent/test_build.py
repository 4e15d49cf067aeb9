"""One build: what it does, and how it fails."""

from __future__ import annotations

import pytest

from tests.unit.compute.agent.parts import OneAgent
from tests.unit.compute.agent.told import failure_of, steps_of
from vmctld.compute import messages as m
from vmctld.domain.instance import VolumePlan
from vmctld.domain.trace import Outcome
from vmctld.errors import (
    Exhausted,
    Forbidden,
    HypervisorFailed,
    NotFound,
    Unauthenticated,
    Unavailable,
)

WITH_VOLUME = (VolumePlan("vol-1", "att-1"),)


def test_a_build_ends_with_a_machine_that_the_conductor_is_told_of() -> None:
    one = OneAgent(volumes=WITH_VOLUME)

    one.build()

    (success,) = one.bus.told_of(m.BuildSucceeded)
    assert [address.address for address in success.addresses] == ["10.20.0.5"]
    assert [machine.attempt for machine in one.driver.machines()] == [1]
    assert one.settled == ["settled"]


def test_a_build_traces_steps_12_to_28_in_order() -> None:
    one = OneAgent(volumes=WITH_VOLUME)

    one.build()

    steps = steps_of(one)
    assert [step.number for step in steps] == list(range(12, 29))
    assert {step.outcome for step in steps} == {Outcome.DONE}
    assert steps[0].duration_ms == 2000.0  # as long as it was in the queue


def test_what_there_is_nothing_to_do_for_is_asked_all_the_same_and_traced_as_nothing() -> None:
    one = OneAgent(nics=(), image_id=None)

    one.build()

    outcomes = {step.number: step.outcome for step in steps_of(one)}
    for number in (19, 21, 22, 24, 25, 27):
        assert outcomes[number] is Outcome.NOTHING
    assert outcomes[20] is Outcome.DONE


def test_a_build_that_is_nobodys_any_more_does_nothing(one: OneAgent) -> None:
    one.bus.instance = None

    one.build()

    assert one.leftovers() == []
    assert one.settled == ["settled"]


def _leave(one: OneAgent) -> None:
    """Have an earlier life of the agent leave all that a build makes."""
    one.build()
    one.agent = one.new_agent()
    one.bus.instance = None


@pytest.mark.parametrize(
    ("is_over", "left"), [(True, []), (False, ["att-1"])], ids=["over", "elsewhere"]
)
def test_what_an_earlier_life_left_when_it_died_undoing_is_removed(
    is_over: bool, left: list[str]
) -> None:
    one = OneAgent(volumes=WITH_VOLUME)
    _leave(one)
    one.bus.load = {"is_gone": True, "is_over": is_over}

    one.build()

    assert one.leftovers() == left
    assert one.settled == ["settled", "settled"]


def test_what_is_settled_here_is_left_alone_when_its_message_comes_again(one: OneAgent) -> None:
    _leave(one)
    made = one.leftovers()

    one.build()

    assert one.leftovers() == made


@pytest.mark.parametrize("call", ["locate-image", "ensure-image", "ensure-ports"])
def test_a_build_that_fails_undoes_everything_and_says_why(one: OneAgent, call: str) -> None:
    def fail(name: str) -> None:
        if name == call:
            raise HypervisorFailed("broken", facts={"why": "because"})

    one.stores.before = fail

    one.build()

    failure = failure_of(one)
    assert (failure.fault.code, failure.fault.message) == ("hypervisor-failed", "broken")
    assert failure.fault.step in (19, 22)
    assert failure.elsewhere
    assert one.leftovers() == []
    assert one.settled == ["settled"]


@pytest.mark.parametrize(
    ("error", "elsewhere"),
    [
        (HypervisorFailed("x"), True),
        (Unavailable("x"), True),
        (ValueError("x"), True),
        (Exhausted("x", code="disk-full"), True),
        (Exhausted("x", code="no-free-address"), False),
        (NotFound("x"), False),
        (Forbidden("x"), False),
        (Unauthenticated("x"), False),
    ],
)
def test_what_would_be_the_same_on_every_host_is_not_tried_elsewhere(
    one: OneAgent, error: Exception, elsewhere: bool
) -> None:
    def fail(name: str) -> None:
        if name == "ensure-ports":
            raise error

    one.stores.before = fail

    one.build()

    assert failure_of(one).elsewhere is elsewhere


def test_a_refused_token_is_a_failure_of_its_validation(one: OneAgent) -> None:
    def fail(name: str) -> None:
        if name == "ensure-ports":
            raise Unauthenticated("the token has ended")

    one.stores.before = fail

    one.build()

    assert failure_of(one).fault.step == 23
    assert failure_of(one).fault.component == "network service"


def test_what_a_bug_says_is_not_shown_to_users(one: OneAgent) -> None:
    def fail(name: str) -> None:
        if name == "ensure-ports":
            raise KeyError("/var/lib/vmctl/secret")

    one.stores.before = fail

    one.build()

    fault = failure_of(one).fault
    assert (fault.code, fault.message) == ("internal", "something of ours went wrong")
    assert "secret" not in repr(failure_of(one))
