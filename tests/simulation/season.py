"""Storms one after another, in this process or in several."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from itertools import count
from multiprocessing import get_context
from multiprocessing.queues import Queue
from queue import Empty

import structlog

from tests.simulation.ground import Ground
from tests.simulation.storm import Outcome, storm

QUIET = 50  # structlog's critical
COLLECT_EVERY = 20  # storms: what a world leaves is in circles, and looking for them costs
LOOK_EVERY_S = 5.0  # whether all processes are still there


def storms(first_seed: int, processes: int) -> Iterator[Outcome]:
    """Yield what comes of one seed after another, as soon as each is over."""
    if processes == 1:
        yield from _of_one(first_seed, 1)
        return
    context = get_context("spawn")
    outcomes = context.Queue()
    workers = [
        context.Process(target=_work, args=(first_seed + number, processes, outcomes), daemon=True)
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    try:
        while True:
            try:
                yield outcomes.get(timeout=LOOK_EVERY_S)
            except Empty:
                if not all(worker.is_alive() for worker in workers):
                    raise RuntimeError("a process of the simulation has died") from None
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _work(first_seed: int, step: int, outcomes: Queue[Outcome]) -> None:
    director = os.getppid()
    for outcome in _of_one(first_seed, step):
        if os.getppid() != director:
            return  # it was killed, and nobody hears of this any more
        outcomes.put(outcome)


def _of_one(first_seed: int, step: int) -> Iterator[Outcome]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(QUIET))
    gc.disable()
    with Ground() as ground:
        for number, seed in enumerate(count(first_seed, step)):
            yield storm(seed, ground)
            if number % COLLECT_EVERY == 0:
                gc.collect()
