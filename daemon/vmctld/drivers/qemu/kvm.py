"""Does KVM really run guests on this host?  Asked once, by running one.

``/dev/kvm`` can open and QEMU's ``query-kvm`` can say yes where no guest kernel gets anywhere.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vmctld.observe.cores import CORES

DEVICE = Path("/dev/kvm")
PROBE = Path(__file__).with_name("kvm_probe.py")
LIMIT_S = 10.0  # the probe's own limit is far below; this one is for a host that hangs


@dataclass(frozen=True, slots=True)
class KvmVerdict:
    """Whether guests run on KVM here, and if not, why."""

    works: bool
    reason: str


@cache
def probe_kvm() -> KvmVerdict:
    """Return the verdict on this host's KVM; the first call takes some 30 ms."""
    if not DEVICE.exists():
        return KvmVerdict(works=False, reason="there is no /dev/kvm")
    command = [sys.executable, "-I", "-S", str(PROBE)]
    try:
        with CORES.roaming():
            done = subprocess.run(  # noqa: S603 - our own script
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=LIMIT_S,
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        return KvmVerdict(works=False, reason=f"the probe did not end well: {type(error).__name__}")
    return verdict_of(done.returncode, done.stdout.strip())


def verdict_of(exit_code: int, printed: str) -> KvmVerdict:
    """Return what the probe's end means."""
    if exit_code == 0 and printed == "works":
        return KvmVerdict(works=True, reason="a guest ran")
    if exit_code == -signal.SIGALRM:
        return KvmVerdict(works=False, reason="a guest is emulated, and takes too long")
    return KvmVerdict(works=False, reason=printed or f"the probe ended with status {exit_code}")
