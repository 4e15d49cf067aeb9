"""A bounded queue and the threads that work it off, in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

import structlog

log = structlog.get_logger(__name__)
Task = Callable[[], None]


class Pool:
    """Worker threads for tasks.  ``put`` keeps their order; ``capacity`` bounds their number."""

    def __init__(self, name: str, capacity: int) -> None:
        self._name = name
        self._capacity = capacity
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._stopping = False

    def grow(self, workers: int) -> None:
        """Have at least ``workers`` threads."""
        while len(self._threads) < workers:
            name = f"bus-{self._name}-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def has_room(self) -> bool:
        """Return True while fewer than ``capacity`` tasks wait.

        Senders that ask at the same moment may pass it by one each: the bound guards the
        memory, it counts nothing.
        """
        return not self._stopping and self._tasks.qsize() < self._capacity

    def put(self, task: Task) -> None:
        """Queue ``task``, even without room: what was accepted once is not refused later."""
        self._tasks.put(task)

    def stop(self) -> None:
        """Start no further task.  Those that run go on."""
        self._stopping = True
        for _ in self._threads:
            self._tasks.put(None)  # wakes one that waits

    def join(self, until_s: float) -> int:
        """Wait for the running tasks until a monotonic time; return how many still run."""
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(until_s - time.monotonic(), 0.0))
        return sum(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            if task is None or self._stopping:
                return
            try:
                task()
            except Exception:
                log.exception("bus-task-failed", pool=self._name)
