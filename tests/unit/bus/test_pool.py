"""A bounded queue and its threads."""

from __future__ import annotations

import threading
import time

from tests.support.bus import DEADLINE_S
from tests.support.waiting import eventually
from vmctld.bus.pool import Pool


def a_busy_pool(capacity: int) -> tuple[Pool, threading.Event]:
    """Return a pool whose one worker is held up until the event is set."""
    pool, go_on, busy = Pool("test", capacity), threading.Event(), threading.Event()
    pool.grow(1)

    def hold() -> None:
        busy.set()
        go_on.wait(DEADLINE_S)

    pool.put(hold)
    assert busy.wait(DEADLINE_S)
    return pool, go_on


def end(pool: Pool) -> int:
    pool.stop()
    return pool.join(time.monotonic() + DEADLINE_S)


def test_tasks_run_in_order() -> None:
    pool = Pool("test", 10)
    done: list[int] = []
    for number in range(10):
        pool.put(lambda number=number: done.append(number))  # type: ignore[misc]

    pool.grow(1)

    assert eventually(lambda: done == list(range(10)))
    assert end(pool) == 0


def test_a_full_pool_has_no_room_until_a_task_is_taken() -> None:
    pool, go_on = a_busy_pool(capacity=1)

    assert pool.has_room()
    pool.put(lambda: None)
    assert not pool.has_room()
    go_on.set()

    assert eventually(pool.has_room)
    end(pool)


def test_a_task_that_fails_costs_no_worker() -> None:
    pool = Pool("test", 10)
    pool.grow(1)
    done = threading.Event()

    pool.put(lambda: [].pop())
    pool.put(done.set)

    assert done.wait(DEADLINE_S)
    assert end(pool) == 0


def test_a_pool_grows_and_does_not_shrink() -> None:
    pool = Pool("growing", 10)
    for workers in (1, 3, 2):
        pool.grow(workers)

    names = [thread.name for thread in threading.enumerate()]

    assert [f"bus-growing-{number}" in names for number in range(4)] == [True, True, True, False]
    assert end(pool) == 0


def test_a_stopped_pool_ends_what_runs_and_starts_nothing() -> None:
    pool, go_on = a_busy_pool(capacity=10)
    done: list[str] = []
    pool.put(lambda: done.append("never"))

    pool.stop()

    assert not pool.has_room()
    assert pool.join(time.monotonic()) == 1
    go_on.set()
    assert pool.join(time.monotonic() + DEADLINE_S) == 0
    assert done == []
