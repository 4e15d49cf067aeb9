"""Whether a guest that was started has gone idle, told by the CPU time of its QEMU.

Guests that come up at once come up slowly, all of them; the next one's turn is when this one
has settled.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from vmctld.drivers.qemu.process import QemuProcess

YOUNG_S = 1.0  # before that no guest is up, however quiet
WINDOW_S = 0.5
IDLE_SHARE = 0.3  # of one core; a booting guest takes all of one, an idle one 0.003


class CpuSamples:
    """Tells from a process's CPU time when its guest has gone idle.  Never waits."""

    def __init__(self) -> None:
        """Begin to look now."""
        self._began = time.monotonic()
        self._samples: deque[tuple[float, float]] = deque()
        self._lock = threading.Lock()

    def is_idle(self, process: QemuProcess, now: float | None = None) -> bool:
        """Take a sample; return whether the last half second was mostly idle.

        False until there are samples that far apart: ask again.
        """
        cpu_s = process.cpu_s()
        if cpu_s is None:
            return True
        now = time.monotonic() if now is None else now
        with self._lock:
            self._samples.append((now, cpu_s))
            # Keep one sample that is a window old, drop the older ones.
            while len(self._samples) > 1 and now - self._samples[1][0] >= WINDOW_S:
                self._samples.popleft()
            then, cpu_then_s = self._samples[0]
        if now - self._began < YOUNG_S or now - then < WINDOW_S:
            return False
        return (cpu_s - cpu_then_s) / (now - then) < IDLE_SHARE
