from __future__ import annotations

import pytest

from tests.support.clock import NOON, FakeClock
from tests.support.instances import an_instance
from tests.unit.compute.agent.parts import ScriptedConductor
from vmctld.compute import messages as m
from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.agent.journal import ConductorJournal, fault_of
from vmctld.compute.steps import Tracer, between
from vmctld.domain.trace import Outcome
from vmctld.errors import HypervisorFailed
from vmctld.saga.action import Fenced, Overtaken
from vmctld.saga.journal import ActionState, Entry

RUNNING, DONE, FAILED = ActionState.RUNNING, ActionState.DONE, ActionState.FAILED


@pytest.fixture
def conductor() -> ScriptedConductor:
    return ScriptedConductor(an_instance())


@pytest.fixture
def tracer() -> Tracer:
    return Tracer(FakeClock())


@pytest.fixture
def journal(conductor: ScriptedConductor, tracer: Tracer) -> ConductorJournal:
    return ConductorJournal(ConductorClient(conductor), "i-1", 1, tracer)


def _written(conductor: ScriptedConductor) -> list[list[tuple[str, str]]]:
    asked = conductor.told_of(m.RecordProgress)
    return [[(record.action, record.state) for record in one.records] for one in asked]


def test_the_end_of_one_action_and_the_start_of_the_next_are_one_message(
    journal: ConductorJournal, conductor: ScriptedConductor
) -> None:
    journal.record(Entry("fetch-image", DONE), Entry("allocate-ports", RUNNING))

    assert _written(conductor) == [[("fetch-image", "done"), ("allocate-ports", "running")]]


def test_the_first_start_needs_no_message_the_conductor_wrote_it_itself(
    journal: ConductorJournal, conductor: ScriptedConductor
) -> None:
    journal.record(Entry("fetch-image", RUNNING))

    assert _written(conductor) == []


def test_what_was_added_goes_with_the_next_boundary(
    journal: ConductorJournal, conductor: ScriptedConductor
) -> None:
    journal.add(m.ActionRecord("load-instance", "done"))
    journal.record(Entry("fetch-image", RUNNING))
    journal.record(Entry("fetch-image", DONE), Entry("allocate-ports", RUNNING))

    assert _written(conductor)[0][0] == ("load-instance", "done")


def test_an_action_takes_its_own_steps_along(
    journal: ConductorJournal, conductor: ScriptedConductor, tracer: Tracer
) -> None:
    tracer.add(*(between(number, NOON, NOON) for number in (19, 20, 21)))

    journal.record(Entry("fetch-image", DONE), Entry("allocate-ports", RUNNING))

    (asked,) = conductor.told_of(m.RecordProgress)
    assert [[step.number for step in record.steps] for record in asked.records] == [
        [19, 20, 21],
        [],
    ]
    assert tracer.steps == []


def test_a_failure_is_written_at_once_and_kept_for_the_last_message(
    journal: ConductorJournal, conductor: ScriptedConductor
) -> None:
    journal.record(Entry("spawn", FAILED))
    journal.record(Entry("spawn", ActionState.UNDONE))

    assert _written(conductor) == [[("spawn", "failed")]]
    assert [(record.action, record.state) for record in journal.closing] == [
        ("spawn", "failed"),
        ("spawn", "undone"),
    ]


@pytest.mark.parametrize(
    ("answer", "error"),
    [(m.ProgressAnswer(False), Fenced), (m.ProgressAnswer(False, leave=True), Overtaken)],
)
def test_a_boundary_that_is_refused_stops_the_build(
    journal: ConductorJournal,
    conductor: ScriptedConductor,
    answer: m.ProgressAnswer,
    error: type[Exception],
) -> None:
    conductor.progress = lambda _: answer

    with pytest.raises(error):
        journal.record(Entry("fetch-image", DONE), Entry("allocate-ports", RUNNING))


def test_a_fault_names_the_step_that_failed() -> None:
    steps = (between(22, NOON, NOON), between(23, NOON, NOON, outcome=Outcome.FAILED))

    fault = fault_of(HypervisorFailed("x", hint="y"), "allocate-ports", steps, NOON, "req-1")

    assert (fault.step, fault.component) == (23, "network service")
    assert (fault.message, fault.hint, fault.request_id) == ("x", "y", "req-1")


def test_a_fault_without_a_failed_step_names_the_actions_last() -> None:
    fault = fault_of(HypervisorFailed("x"), "allocate-ports", (), NOON, "req-1")

    assert fault.step == 24


def test_a_fault_hides_what_a_foreign_error_says() -> None:
    fault = fault_of(OSError("/secret"), "spawn", (), NOON, "req-1")

    assert (fault.code, fault.facts) == ("internal", {})
    assert "secret" not in fault.message
