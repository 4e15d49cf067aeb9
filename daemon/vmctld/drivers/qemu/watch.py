"""One thread that sees machines end, and looks after their logs while nothing does."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable

import structlog

from vmctld.drivers.qemu.process import QemuProcess

log = structlog.get_logger(__name__)

TICK_S = 10.0


class ExitWatcher:
    """Calls ``on_end(instance_id, process)`` when a watched process ends, ``on_tick()`` between."""

    def __init__(
        self, on_end: Callable[[str, QemuProcess], None], on_tick: Callable[[], None]
    ) -> None:
        self._on_end = on_end
        self._on_tick = on_tick
        self._watched: dict[int, tuple[str, QemuProcess]] = {}  # by pidfd
        self._epoll = select.epoll()
        self._closing = os.eventfd(0)
        self._epoll.register(self._closing, select.EPOLLIN)
        self._thread = threading.Thread(target=self._run, name="qemu-exits", daemon=True)
        self._thread.start()

    def watch(self, instance_id: str, process: QemuProcess) -> None:
        """Call out the end of ``process`` from now on."""
        self._watched[process.pidfd] = (instance_id, process)
        self._epoll.register(process.pidfd, select.EPOLLIN)

    def forget(self, process: QemuProcess) -> None:
        """Do not call out its end: it is about to be told to."""
        if self._watched.pop(process.pidfd, None) is not None:
            self._epoll.unregister(process.pidfd)

    def close(self) -> None:
        """End the thread."""
        os.eventfd_write(self._closing, 1)
        self._thread.join()
        self._epoll.close()
        os.close(self._closing)
        self._watched.clear()

    def _run(self) -> None:
        next_tick = time.monotonic() + TICK_S
        while True:
            wait_s = max(0.0, next_tick - time.monotonic())
            for fd, _ in self._epoll.poll(wait_s):
                if fd == self._closing:
                    return
                self._ended(fd)
            if time.monotonic() >= next_tick:
                _guarded(self._on_tick)
                next_tick = time.monotonic() + TICK_S

    def _ended(self, pidfd: int) -> None:
        entry = self._watched.get(pidfd)
        # Forgotten since the event, and its number may be another process's by now.
        if entry is None or entry[1].is_alive:
            return
        instance_id, process = entry
        self.forget(process)
        _guarded(lambda: self._on_end(instance_id, process))


def _guarded(callback: Callable[[], None]) -> None:
    """Run ``callback``; whatever it raises must not end the thread that sees all machines."""
    try:
        callback()
    except Exception:
        log.exception("a watcher's callback failed")
