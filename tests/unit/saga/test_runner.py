"""Running a saga: order, boundaries, stops.  Its laws are in ``tests/saga``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from vmctld.saga import runner
from vmctld.saga.action import Fenced, Overtaken, SagaFailed
from vmctld.saga.journal import ActionState, Entry, MemoryJournal

RUNNING, DONE = ActionState.RUNNING, ActionState.DONE


class Step:
    """An action that writes into a list what it does."""

    def __init__(self, name: str, *, fails: bool = False, undo_fails_times: int = 0) -> None:
        self.name = name
        self._fails = fails
        self._undo_fails_times = undo_fails_times

    def do(self, ctx: list[str]) -> None:
        ctx.append(f"do {self.name}")
        if self._fails:
            raise ValueError(self.name)

    def undo(self, ctx: list[str]) -> None:
        ctx.append(f"undo {self.name}")
        if self._undo_fails_times:
            self._undo_fails_times -= 1
            raise ValueError(f"undo {self.name}")


class Refusing(MemoryJournal):
    """A journal that raises at an entry."""

    def __init__(self, at: ActionState, error: Exception) -> None:
        super().__init__()
        self._at = at
        self._error = error

    def record(self, *entries: Entry) -> None:
        super().record(*entries)
        if entries[-1].state is self._at and len(self.entries) > 1:
            raise self._error


def test_actions_are_done_in_order_and_written_once_a_boundary() -> None:
    done: list[str] = []
    journal = MemoryJournal()

    runner.run([Step("a"), Step("b")], done, journal)

    assert done == ["do a", "do b"]
    assert journal.entries == [Entry("a", RUNNING), Entry("a", DONE), Entry("b", RUNNING)]


def test_a_failure_undoes_what_was_begun_last_first() -> None:
    done: list[str] = []

    with pytest.raises(SagaFailed, match="b failed") as failure:
        runner.run([Step("a"), Step("b", fails=True), Step("c")], done, MemoryJournal())

    assert done == ["do a", "do b", "undo b", "undo a"]
    assert failure.value.action == "b"
    assert str(failure.value.__cause__) == "b"


def test_the_cause_is_written_before_anything_is_undone() -> None:
    journal = MemoryJournal()

    with pytest.raises(SagaFailed):
        runner.run([Step("a", fails=True)], [], journal)

    states = [entry.state for entry in journal.entries]
    assert states == [RUNNING, ActionState.FAILED, ActionState.UNDONE]
    assert str(journal.entries[1].cause) == "a"


def test_pauses_between_tries_of_an_undo_double() -> None:
    pauses: list[float] = []
    stuck = Step("a", fails=True, undo_fails_times=runner.UNDO_TRIES)

    with pytest.raises(SagaFailed, match="stuck: a"):
        runner.run([stuck], [], MemoryJournal(), pause=pauses.append)

    assert pauses == [0.2, 0.4, 0.8, 1.6]


def test_a_saga_that_is_asked_to_stop_begins_nothing_more_and_undoes_nothing() -> None:
    done: list[str] = []

    with pytest.raises(runner.Interrupted):
        runner.run([Step("a"), Step("b")], done, MemoryJournal(), is_stopping=lambda: bool(done))

    assert done == ["do a"]


def test_an_action_that_is_interrupted_is_not_undone() -> None:
    done: list[str] = []

    class Stopping(Step):
        def do(self, ctx: list[str]) -> None:
            raise runner.Interrupted

    with pytest.raises(runner.Interrupted):
        runner.run([Step("a"), Stopping("b")], done, MemoryJournal())

    assert done == ["do a"]


def test_a_fenced_saga_is_undone() -> None:
    done: list[str] = []

    with pytest.raises(Fenced):
        runner.run([Step("a"), Step("b")], done, Refusing(RUNNING, Fenced()))

    assert done == ["do a", "undo b", "undo a"]


def test_an_overtaken_saga_is_left_as_it_is() -> None:
    done: list[str] = []

    with pytest.raises(Overtaken):
        runner.run([Step("a"), Step("b")], done, Refusing(RUNNING, Overtaken()))

    assert done == ["do a"]


def test_a_saga_that_fails_after_another_life_finished_it_is_left_as_it_is() -> None:
    done: list[str] = []

    with pytest.raises(Overtaken):
        runner.run([Step("a", fails=True)], done, Refusing(ActionState.FAILED, Overtaken()))

    assert done == ["do a"]


def test_nothing_is_undone_for_a_failure_that_could_not_be_written_down() -> None:
    done: list[str] = []
    journal = Refusing(ActionState.FAILED, OSError("journal away"))

    with pytest.raises(OSError, match="journal away"):
        runner.run([Step("a"), Step("b", fails=True)], done, journal)

    assert done == ["do a", "do b"]


def test_a_failure_that_somebody_else_wrote_down_first_is_undone() -> None:
    done: list[str] = []

    with pytest.raises(SagaFailed):
        runner.run([Step("a", fails=True)], done, Refusing(ActionState.FAILED, Fenced()))

    assert done == ["do a", "undo a"]


@pytest.mark.parametrize("error", [Fenced(), OSError("journal away")])
def test_an_undo_that_cannot_be_written_down_goes_on(error: Exception) -> None:
    done: list[str] = []

    with pytest.raises(SagaFailed):
        runner.run([Step("a"), Step("b", fails=True)], done, Refusing(ActionState.UNDONE, error))

    assert done[-2:] == ["undo b", "undo a"]


def test_a_deadline_surrounds_what_is_done_and_not_what_is_undone() -> None:
    seen: list[tuple[str, bool]] = []
    inside = False

    @contextmanager
    def deadline() -> Iterator[None]:
        nonlocal inside
        inside = True
        try:
            yield
        finally:
            inside = False

    class Looking(Step):
        def do(self, ctx: list[str]) -> None:
            seen.append(("do", inside))
            super().do(ctx)

        def undo(self, ctx: list[str]) -> None:
            seen.append(("undo", inside))

    with pytest.raises(SagaFailed):
        runner.run([Looking("a", fails=True)], [], MemoryJournal(), doing=deadline)

    assert seen == [("do", True), ("undo", False)]
