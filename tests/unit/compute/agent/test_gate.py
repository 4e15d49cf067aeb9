from __future__ import annotations

import threading

from tests.support.clock import FakeClock
from tests.support.cloud import eventually
from vmctld.compute.agent.gate import SLOT_KEPT_S, StartGate


def _gate(slots: int | None, settled: set[str] | None = None) -> tuple[StartGate, FakeClock]:
    clock = FakeClock()
    known = settled if settled is not None else set()
    return StartGate(slots, lambda one: one in known, clock.monotonic), clock


def _enter(gate: StartGate, name: str) -> tuple[threading.Thread, list[bool]]:
    entered: list[bool] = []
    thread = threading.Thread(target=lambda: entered.append(gate.enter(name)), daemon=True)
    thread.start()
    return thread, entered


def test_without_a_limit_everybody_enters() -> None:
    gate, _ = _gate(None)

    assert all(gate.enter(f"i-{number}") for number in range(100))
    assert not gate.is_full


def test_a_full_gate_says_so() -> None:
    gate, _ = _gate(2)
    gate.enter("i-1")
    assert not gate.is_full

    gate.enter("i-2")

    assert gate.is_full


def test_a_build_that_ends_without_a_guest_frees_its_slot_at_once() -> None:
    gate, _ = _gate(1)
    gate.enter("i-1")
    thread, entered = _enter(gate, "i-2")

    gate.leave("i-1")
    thread.join(20)

    assert entered == [True]


def test_a_guest_that_comes_up_keeps_its_slot_until_it_has_settled() -> None:
    settled: set[str] = set()
    gate, _ = _gate(1, settled)
    gate.enter("i-1")
    gate.coming_up("i-1")
    thread, entered = _enter(gate, "i-2")
    eventually(lambda: gate.is_full and len(gate._queue) == 1, "i-2 waits")
    assert entered == []

    settled.add("i-1")
    thread.join(20)

    assert entered == [True]


def test_a_guest_that_never_settles_keeps_its_slot_for_a_while_only() -> None:
    gate, clock = _gate(1)
    gate.enter("i-1")
    gate.coming_up("i-1")
    thread, entered = _enter(gate, "i-2")

    clock.advance(SLOT_KEPT_S)
    thread.join(20)

    assert entered == [True]


def test_a_build_keeps_its_slot_however_long_it_takes() -> None:
    gate, clock = _gate(1, {"i-1"})
    gate.enter("i-1")
    _, entered = _enter(gate, "i-2")

    clock.advance(3600)
    eventually(lambda: len(gate._queue) == 1, "i-2 waits")

    assert entered == []
    gate.close()


def test_a_gate_that_closes_sends_away_who_waits_and_who_comes() -> None:
    gate, _ = _gate(1)
    gate.enter("i-1")
    thread, entered = _enter(gate, "i-2")
    eventually(lambda: len(gate._queue) == 1, "i-2 waits")

    gate.close()
    thread.join(20)

    assert entered == [False]
    assert not gate.enter("i-3")


def test_slots_are_given_in_the_order_they_were_asked_for() -> None:
    gate, _ = _gate(1)
    gate.enter("i-0")
    waiting = []
    for number in range(1, 4):
        waiting.append(_enter(gate, f"i-{number}"))
        eventually(lambda wanted=number: len(gate._queue) == wanted, "it waits")

    for number in range(3):
        gate.leave(f"i-{number}")
        waiting[number][0].join(20)
        assert [entered for _, entered in waiting] == [[True]] * (number + 1) + [[]] * (2 - number)
