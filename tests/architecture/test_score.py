"""The score of a boot against the code that plays it."""

from __future__ import annotations

from vmctld.compute import boot
from vmctld.compute.agent.actions import build_actions
from vmctld.compute.agent.task_sagas import TASK_SAGAS
from vmctld.compute.cells import POINTS, TASK_PARTS, cells
from vmctld.domain.clock import utc_now
from vmctld.domain.lifecycle import TRANSITIONS
from vmctld.observe.failpoints import Fate, Phase


def test_the_score_has_every_step_once_and_in_order() -> None:
    assert [step.number for action in boot.SCORE for step in action.steps] == list(range(1, 29))


def test_every_part_of_the_score_says_who_does_what_and_what_undoes_it() -> None:
    parties = {
        boot.CLIENT,
        boot.IDENTITY,
        boot.API,
        boot.DATABASE,
        boot.SCHEDULER,
        boot.AGENT,
        boot.CONDUCTOR,
        boot.IMAGE,
        boot.NETWORK,
        boot.VOLUME,
        boot.DRIVER,
    }
    for action in boot.SCORE:
        assert action.owner in parties
        assert action.undo
        for step in action.steps:
            assert step.component in parties
            assert step.peer in {*parties, ""}
            assert step.name


def test_the_agent_plays_its_part_of_the_score_action_by_action() -> None:
    played = [(action.name, action.steps) for action in build_actions(utc_now)]  # type: ignore[attr-defined]

    agents = [boot.ACTIONS[name] for name in boot.BUILD_ACTIONS]
    assert played == [(a.name, tuple(step.number for step in a.steps)) for a in agents]
    assert {a.owner for a in agents} == {boot.AGENT}


def test_the_build_ends_the_score() -> None:
    last = [action.name for action in boot.SCORE[-len(boot.BUILD_ACTIONS) :]]

    assert last == list(boot.BUILD_ACTIONS)


def test_every_step_and_every_undo_of_a_build_can_be_made_to_fail() -> None:
    points = {point.name for point in POINTS}

    assert {str(number) for number in range(2, 29)} <= points
    assert {f"undo:{name}" for name in boot.BUILD_ACTIONS} <= points


def test_every_part_of_an_action_and_its_undo_can_be_made_to_fail() -> None:
    points = {point.name for point in POINTS}
    parts = {part.name for saga in TASK_SAGAS.values() for part in saga}

    assert parts == set(TASK_PARTS)
    assert {f"{kind}:{part}" for part in parts for kind in ("action", "undo")} <= points


def test_every_action_has_its_parts() -> None:
    assert set(TASK_SAGAS) == set(TRANSITIONS)


def test_every_cell_is_there_once_and_one_without_meaning_says_why() -> None:
    listed = [(cell.point, cell.phase, cell.fate) for cell in cells()]

    assert len(listed) == len(set(listed))
    assert {phase for _, phase, _ in listed} == set(Phase)
    assert {fate for _, _, fate in listed} == set(Fate)
    for cell in cells():
        point = next((point for point in POINTS if point.name == cell.point), None)
        assert cell.reason or (point is not None and cell.phase in point.phases)
