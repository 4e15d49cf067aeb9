"""What the driver can tell of a running machine: its power state, and whether it has settled."""

from __future__ import annotations

import threading
import time
from collections import deque

from vmctld.domain.machine import PowerState
from vmctld.drivers.qemu.process import QemuProcess

# Run states of QEMU: https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html (RunState).
# All others are kinds of paused: "paused", "prelaunch", "io-error" (a full disk), "inmigrate" ...
POWER_OF = {
    "running": PowerState.RUNNING,
    "suspended": PowerState.SUSPENDED,
    "shutdown": PowerState.SHUTDOWN,
    "guest-panicked": PowerState.CRASHED,
    "internal-error": PowerState.CRASHED,
}

YOUNG_S = 1.0  # before that no guest is up, however quiet
WINDOW_S = 0.5
IDLE_SHARE = 0.3  # of one core; a booting guest takes all of one, an idle one 0.003


def power_of(query_status: object) -> PowerState:
    """Return the power state in QEMU's answer to ``query-status``."""
    status = query_status.get("status") if isinstance(query_status, dict) else None
    return POWER_OF.get(str(status), PowerState.PAUSED)


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
