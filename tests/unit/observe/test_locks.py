from __future__ import annotations

import threading

import pytest

from vmctld.observe.locks import KeyedLocks


def test_a_held_lock_is_not_had_in_time() -> None:
    locks = KeyedLocks()

    with locks.hold("a"), pytest.raises(TimeoutError), locks.hold("a", timeout_s=0):
        pass


def test_locks_of_different_names_do_not_meet() -> None:
    locks = KeyedLocks()

    with locks.hold("a"), locks.hold("b", timeout_s=0):
        pass


def test_a_lock_that_is_let_go_can_be_had() -> None:
    locks = KeyedLocks()

    with pytest.raises(ZeroDivisionError), locks.hold("a"):
        raise ZeroDivisionError

    with locks.hold("a", timeout_s=0):
        pass


def test_a_name_that_nobody_wants_costs_nothing() -> None:
    locks = KeyedLocks()

    with locks.hold("a"):
        pass

    assert locks._locks == {}


def test_a_waiter_gets_the_lock_and_no_two_have_it() -> None:
    locks = KeyedLocks()
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with locks.hold("a"):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1
    assert locks._locks == {}
