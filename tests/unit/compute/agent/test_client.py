from __future__ import annotations

import pytest

from tests.support.recording_bus import RecordingBus
from vmctld.compute import messages as m
from vmctld.compute.agent.client import (
    CALL_TRIES,
    LONGEST_PAUSE_S,
    PATIENT_TRIES,
    ConductorClient,
)
from vmctld.domain.machine import PowerState
from vmctld.errors import Forbidden, Internal, TimedOut, Unavailable
from vmctld.saga.runner import Interrupted


def _client(bus: RecordingBus) -> tuple[ConductorClient, list[float]]:
    pauses: list[float] = []
    return ConductorClient(bus, pauses.append), pauses


def test_what_was_lost_is_asked_again_with_growing_pauses(bus: RecordingBus) -> None:
    client, pauses = _client(bus)
    bus.answers = [TimedOut("lost"), Unavailable("away"), None]

    client.destroyed("i-1")

    assert bus.asked == [m.InstanceDestroyed("i-1")] * 3
    assert pauses == [0.5, 1.0]


def test_a_conductor_that_never_answers_is_given_up_on(bus: RecordingBus) -> None:
    client, _ = _client(bus)
    bus.answers = [TimedOut("lost")] * CALL_TRIES

    with pytest.raises(TimedOut):
        client.power_changed("i-1", PowerState.SHUTDOWN)

    assert len(bus.asked) == CALL_TRIES


def test_a_refusal_is_not_asked_again(bus: RecordingBus) -> None:
    client, _ = _client(bus)
    bus.answers = [Forbidden("not yours")]

    with pytest.raises(Forbidden):
        client.destroyed("i-1")

    assert len(bus.asked) == 1


def test_an_answer_of_another_kind_is_a_fault_of_ours(bus: RecordingBus) -> None:
    client, _ = _client(bus)
    bus.answers = [m.ReconcileAnswer((), ())]

    with pytest.raises(Internal):
        client.load(m.BuildInstance("i-1", 1), ())


def test_a_daemon_that_stops_lets_its_builds_go_instead_of_failing_them(bus: RecordingBus) -> None:
    client = ConductorClient(bus, lambda _s: None, is_stopping=lambda: True)
    bus.answers = [Unavailable("no broker")]

    with pytest.raises(Interrupted):
        client.destroyed("i-1")


def test_over_a_broker_a_conductor_is_asked_for_minutes(bus: RecordingBus) -> None:
    pauses: list[float] = []
    client = ConductorClient(bus, pauses.append, tries=PATIENT_TRIES)
    bus.answers = [Unavailable("no broker")] * (PATIENT_TRIES - 1) + [None]

    client.destroyed("i-1")

    assert sum(pauses) > 90
    assert max(pauses) <= LONGEST_PAUSE_S
