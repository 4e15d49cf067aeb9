"""The laws of sagas, held by every saga of the registry.

An action run twice changes nothing more.  A failure at any action leaves nothing behind; nor
does one whose undos run twice.  An undo that fails is tried again, and what cannot be undone
is called stuck.  A saga that was broken off anywhere ends, run again, as if it had not been.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from tests.saga.sagas import SAGAS, Trial, each_action
from vmctld.saga import runner
from vmctld.saga.action import Action, Fenced, SagaFailed
from vmctld.saga.journal import ActionState, Entry, MemoryJournal

When = Literal["before", "after"]
MOMENTS: tuple[When, ...] = ("before", "after")


class Broken(Exception):
    """What the tests make an action fail with."""


class Killed(BaseException):
    """Ends the process, as far as a saga can tell."""


@dataclass
class Tampered:
    """An action of which a part fails."""

    action: Action[Any]
    do_fails: When | None = None
    dies: When | None = None
    undo_fails_times: int = 0
    undo_runs: int = 1

    @property
    def name(self) -> str:
        return self.action.name

    def do(self, ctx: Any) -> None:
        _raise_if(self.do_fails == "before", Broken)
        _raise_if(self.dies == "before", Killed)
        self.action.do(ctx)
        _raise_if(self.do_fails == "after", Broken)
        _raise_if(self.dies == "after", Killed)

    def undo(self, ctx: Any) -> None:
        for _ in range(self.undo_runs):
            self.action.undo(ctx)
        if self.undo_fails_times:
            self.undo_fails_times -= 1
            raise Broken("the undo")


def _raise_if(condition: bool, error: type[BaseException]) -> None:
    if condition:
        raise error


def _run(trial: Trial, journal: MemoryJournal, **tampering: Tampered) -> None:
    actions = [tampering.get(action.name.replace("-", "_"), action) for action in trial.actions]
    runner.run(actions, trial.context(), journal, pause=lambda _s: None)


def _tamper(trial: Trial, name: str, **how: Any) -> dict[str, Tampered]:
    action = next(one for one in trial.actions if one.name == name)
    return {name.replace("-", "_"): Tampered(action, **how)}


@pytest.mark.parametrize("saga", SAGAS)
def test_a_saga_that_succeeds_does_what_it_is_for(saga: str) -> None:
    trial, journal = SAGAS[saga](), MemoryJournal()
    before = trial.world()

    _run(trial, journal)

    assert trial.world() != before
    for action in trial.actions[:-1]:
        assert journal.state_of(action.name) is ActionState.DONE


@pytest.mark.parametrize(("saga", "name"), each_action())
def test_an_action_run_twice_changes_nothing_more(saga: str, name: str) -> None:
    trial = SAGAS[saga]()
    ctx = trial.context()
    for action in trial.actions:
        action.do(ctx)
        if action.name == name:
            break
    once = trial.world()

    action.do(ctx)

    assert trial.world() == once


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("saga", "name"), each_action())
def test_a_failure_at_any_action_leaves_nothing_behind(saga: str, name: str, moment: When) -> None:
    trial, journal = SAGAS[saga](), MemoryJournal()

    with pytest.raises(SagaFailed) as failure:
        _run(trial, journal, **_tamper(trial, name, do_fails=moment))

    assert failure.value.action == name
    assert failure.value.stuck == ()
    assert isinstance(failure.value.__cause__, Broken)
    assert trial.leftovers() == []


@pytest.mark.parametrize(("saga", "name"), each_action())
def test_a_failure_whose_undos_run_twice_leaves_nothing_behind(saga: str, name: str) -> None:
    trial, journal = SAGAS[saga](), MemoryJournal()
    twice = {
        action.name.replace("-", "_"): Tampered(action, undo_runs=2) for action in trial.actions
    }
    twice[name.replace("-", "_")].do_fails = "after"

    with pytest.raises(SagaFailed):
        _run(trial, journal, **twice)

    assert trial.leftovers() == []


@pytest.mark.parametrize(("saga", "name"), each_action())
def test_an_undo_without_its_do_is_harmless(saga: str, name: str) -> None:
    trial = SAGAS[saga]()
    before = trial.world()

    next(one for one in trial.actions if one.name == name).undo(trial.context())

    assert trial.world() == before


@pytest.mark.parametrize(("saga", "name"), each_action())
def test_an_undo_that_fails_is_tried_again_until_it_works(saga: str, name: str) -> None:
    trial, journal = SAGAS[saga](), MemoryJournal()
    last = trial.actions[-1].name
    tampering = _tamper(trial, last, do_fails="after") | _tamper(
        trial, name, undo_fails_times=runner.UNDO_TRIES - 1
    )
    tampering[last.replace("-", "_")].do_fails = "after"

    with pytest.raises(SagaFailed) as failure:
        _run(trial, journal, **tampering)

    assert failure.value.stuck == ()
    assert trial.leftovers() == []


@pytest.mark.parametrize(("saga", "name"), each_action())
def test_an_undo_that_never_works_is_stuck_and_the_others_are_undone(saga: str, name: str) -> None:
    trial, journal = SAGAS[saga](), MemoryJournal()
    last = trial.actions[-1].name
    tampering = _tamper(trial, last, do_fails="after") | _tamper(
        trial, name, undo_fails_times=runner.UNDO_TRIES
    )
    tampering[last.replace("-", "_")].do_fails = "after"

    with pytest.raises(SagaFailed) as failure:
        _run(trial, journal, **tampering)

    states = {action.name: journal.state_of(action.name) for action in trial.actions}
    assert failure.value.stuck == (name,)
    assert states.pop(name) is ActionState.STUCK
    assert set(states.values()) <= {ActionState.UNDONE}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("saga", "name"), each_action())
def test_a_saga_that_is_broken_off_ends_as_if_it_had_not_been(
    saga: str, name: str, moment: When
) -> None:
    trial = SAGAS[saga]()
    with pytest.raises(Killed):
        _run(trial, MemoryJournal(), **_tamper(trial, name, dies=moment))

    _run(trial, MemoryJournal())
    resumed = trial.leftovers()
    for action in reversed(trial.actions):
        action.undo(trial.context())

    undisturbed = SAGAS[saga]()
    _run(undisturbed, MemoryJournal())
    assert len(resumed) == len(undisturbed.leftovers())
    assert trial.leftovers() == []


class FencedAt(MemoryJournal):
    """A journal that refuses to let an action begin."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def record(self, *entries: Entry) -> None:
        if Entry(self._name, ActionState.RUNNING) in entries:
            raise Fenced
        super().record(*entries)


@pytest.mark.parametrize(("saga", "name"), each_action())
def test_a_saga_that_is_fenced_leaves_nothing_behind(saga: str, name: str) -> None:
    trial = SAGAS[saga]()

    with pytest.raises(Fenced):
        _run(trial, FencedAt(name))

    assert trial.leftovers() == []


@pytest.mark.parametrize("saga", SAGAS)
def test_a_resumed_saga_that_fails_undoes_what_its_earlier_life_did(saga: str) -> None:
    trial = SAGAS[saga]()
    _run(trial, MemoryJournal())
    first = trial.actions[0]

    with pytest.raises(SagaFailed):
        runner.run(
            [Tampered(first, do_fails="before"), *trial.actions[1:]],
            trial.context(),
            MemoryJournal(),
            resumed=True,
            pause=lambda _s: None,
        )

    assert trial.leftovers() == []
