"""The builds of one process: taken from the queue at once, done by a few threads.

A build that waits for a start slot must not hold a bus worker: deletions come through the
same workers and must always get through.
"""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from vmctld.saga.runner import Interrupted

log = structlog.get_logger(__name__)

Job = Callable[[], None]

RETRY_S = 0.5  # doubles with each try
RETRY_AT_MOST_S = 30.0


@dataclass(frozen=True, slots=True)
class _Item:
    request: contextvars.Context
    job: Job
    tries: int = 1


class BuildDesk:
    """Runs jobs on its own threads; what is not begun when it closes is left undone."""

    def __init__(self, workers: int) -> None:
        self._jobs: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"build-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_closed(self) -> bool:
        """True when builds should stop at their next boundary."""
        return self._closed.is_set()

    def submit(self, job: Job) -> None:
        """Have ``job`` done, in the caller's request context."""
        self._jobs.put(_Item(contextvars.copy_context(), job))

    def close(self, timeout_s: float) -> None:
        """Begin nothing more and wait for what is under way, for so long in all."""
        self._closed.set()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(timeout_s)

    def _work(self) -> None:
        while not self._closed.is_set():
            item = self._jobs.get()
            if item is None:
                return
            try:
                item.request.run(item.job)
            except Interrupted:
                log.info("a build stops here; the next daemon goes on")
            except Exception:
                log.exception("a build could not be settled and is tried again", tries=item.tries)
                self._retry(item)

    def _retry(self, item: _Item) -> None:
        # Whoever keeps the job's message waits for it to be settled: it is never dropped.
        pause_s = min(RETRY_S * 2 ** (item.tries - 1), RETRY_AT_MOST_S)
        again = _Item(item.request, item.job, item.tries + 1)
        timer = threading.Timer(pause_s, self._jobs.put, (again,))
        timer.daemon = True
        timer.start()
