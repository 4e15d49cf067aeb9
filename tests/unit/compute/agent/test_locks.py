from __future__ import annotations

import threading

import pytest
from vmctld.compute.agent.locks import KeyedLocks

from tests.support.cloud import eventually


def test_one_key_is_held_by_one_at_a_time() -> None:
    locks, inside, most = KeyedLocks(), [0], [0]

    def work() -> None:
        for _ in range(200):
            with locks.hold("i-1"):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert most == [1]


def test_different_keys_do_not_wait_for_each_other() -> None:
    locks = KeyedLocks()

    with locks.hold("i-1"), locks.hold("i-2"):
        assert len(locks) == 2


def test_a_lock_is_gone_when_nobody_wants_it() -> None:
    locks = KeyedLocks()

    with pytest.raises(ValueError, match="broken"), locks.hold("i-1"):
        raise ValueError("broken")

    assert len(locks) == 0


def test_a_lock_that_somebody_waits_for_stays() -> None:
    locks, done = KeyedLocks(), threading.Event()

    def wait() -> None:
        with locks.hold("i-1"):
            done.set()

    with locks.hold("i-1"):
        thread = threading.Thread(target=wait)
        thread.start()
        eventually(lambda: locks._locks["i-1"][1] == 2, "somebody waits")
        assert not done.is_set()
    thread.join(20)

    assert done.is_set()
    assert len(locks) == 0
