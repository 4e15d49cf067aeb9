from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.architecture.test_messages import MESSAGES
from vmctld.bus.tap import Fate
from vmctld.compute.messages import BuildInstance, InstanceChanged, TerminateInstance
from vmctld.compute.tap import AT_DELIVERY, AT_SEND, FailpointTap
from vmctld.observe import failpoints

BUILD = BuildInstance("i-1", 1)


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


@pytest.mark.parametrize(("fate", "copies"), [("drop", 0), ("dup", 2)])
def test_an_armed_message_is_lost_or_doubled_once(fate: str, copies: int) -> None:
    failpoints.arm(f"step=12;phase=before;do={fate}")
    tap = FailpointTap()

    assert tap.at_send("agent.a", BUILD) == Fate(copies)
    assert tap.at_send("agent.a", BUILD) == Fate(1)


def test_a_message_can_be_lost_when_it_is_taken(  # after it was sent, before it is handled
) -> None:
    failpoints.arm("step=delete:terminate;phase=before;do=drop")

    assert FailpointTap().at_delivery("conductor", TerminateInstance("i-1")) == Fate(0)


def test_other_messages_pass() -> None:
    failpoints.arm("step=12;phase=before;do=drop")
    tap = FailpointTap()

    assert tap.at_send("topic", InstanceChanged("i-1")) == Fate()
    assert tap.at_delivery("agent.a", BUILD) == Fate()


def test_the_tap_knows_only_messages_that_there_are() -> None:
    assert {*AT_SEND, *AT_DELIVERY} <= set(MESSAGES)
