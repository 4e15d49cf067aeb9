from __future__ import annotations

from vmctld.saga.journal import ActionState, Entry, MemoryJournal


def test_the_last_state_of_an_action_counts() -> None:
    journal = MemoryJournal()
    journal.record(Entry("a", ActionState.RUNNING))

    journal.record(Entry("a", ActionState.DONE), Entry("b", ActionState.RUNNING))

    assert journal.state_of("a") is ActionState.DONE
    assert journal.state_of("b") is ActionState.RUNNING
    assert journal.state_of("c") is None
