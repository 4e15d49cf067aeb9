from __future__ import annotations

from pathlib import Path

from tests.support.clock import NOON, FakeClock
from tests.support.database import a_database
from tests.support.instances import an_instance, keep, kept
from tests.support.recording_bus import RecordingBus
from vmctld.app.pipeline import serve_api_answers
from vmctld.bus.base import CallFailed, Delivery
from vmctld.compute.conductor.dead_letters import DeadLetters
from vmctld.compute.messages import API_ADDRESS, Placed
from vmctld.compute.placing import place_request
from vmctld.domain.instance import VmState
from vmctld.errors import InvalidRequest


def test_answers_to_the_calls_of_step_8_are_taken_and_refusals_are_faults(tmp_path: Path) -> None:
    bus, database, instance = RecordingBus(), a_database(tmp_path), an_instance()
    keep(database, instance)
    serve_api_answers(bus, DeadLetters(database, FakeClock()))
    answers = [
        Placed(instance.id, 1, "a"),
        CallFailed(place_request(instance), InvalidRequest("malformed", code="malformed-message")),
    ]

    for answer in answers:
        delivery = Delivery(answer, "scheduler", "req-1", NOON, NOON, 1)
        bus.handlers[API_ADDRESS](delivery, lambda: None)

    failed = kept(database, instance.id)
    assert failed.fault is not None
    assert (failed.vm_state, failed.fault.code) == (VmState.ERROR, "malformed-message")
    database.close()
