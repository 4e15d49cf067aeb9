"""The floor under a boot: what a disk and a machine cost with nothing of ours around them.

Everything that the project adds is measured against this, in the same run on the same machine.
Run as a script it prints the table.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

RUNS = 10
GUEST_RAM_MIB = 128


@dataclass(frozen=True, slots=True)
class Floor:
    """Medians of several runs, in seconds."""

    overlay_s: float  # qemu-img create over a base image
    qemu_ready_s: float  # from the spawn of QEMU until its monitor has answered

    @property
    def boot_s(self) -> float:
        """The least that a boot can take: one after the other."""
        return self.overlay_s + self.qemu_ready_s


def measure_floor(base: Path, runs: int = RUNS) -> Floor:
    """Return the floor for machines over the qcow2 image ``base``."""
    with tempfile.TemporaryDirectory() as scratch:
        disk = Path(scratch) / "disk.qcow2"
        monitor = Path(scratch) / "monitor"
        return Floor(
            overlay_s=_median(runs, lambda: time_overlay(base, disk)),
            qemu_ready_s=_median(runs, lambda: time_qemu(disk, monitor)),
        )


def time_overlay(base: Path, disk: Path) -> float:
    """Return how long ``qemu-img create`` takes."""
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", str(base), str(disk)]
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def time_qemu(disk: Path, monitor: Path) -> float:
    """Return how long a PC with one disk and one network card takes to answer on its monitor.

    The monitor's socket is made here, so that no time goes into waiting for it to appear.
    """
    monitor.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(str(monitor))
        listener.listen(1)
        command = _bare_qemu(disk, listener.fileno())
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, pass_fds=[listener.fileno()], start_new_session=True
        )
        try:
            listener.close()  # QEMU's alone now: if it dies, the client is told
            client.settimeout(30)
            client.connect(str(monitor))
            _ask(client, "qmp_capabilities")
            return time.perf_counter() - began
        finally:
            process.kill()
            process.wait()


def _bare_qemu(disk: Path, monitor_fd: int) -> list[str]:
    node = {
        "driver": "qcow2",
        "node-name": "root",
        "file": {"driver": "file", "filename": str(disk)},
    }
    words = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-machine", "pc"]
    words += ["-accel", "tcg", "-m", str(GUEST_RAM_MIB)]
    words += [
        "-chardev",
        f"socket,id=m,fd={monitor_fd},server=on,wait=off",
        "-mon",
        "m,mode=control",
    ]
    words += ["-blockdev", json.dumps(node), "-device", "virtio-blk-pci,drive=root"]
    words += ["-netdev", "user,id=n,restrict=on", "-device", "virtio-net-pci,netdev=n"]
    return words


def _ask(client: socket.socket, command: str) -> None:
    """Send one command after the greeting and read until its answer."""
    with client.makefile("rwb") as stream:
        assert "QMP" in json.loads(stream.readline())
        stream.write(json.dumps({"execute": command}).encode())
        stream.flush()
        assert "return" in json.loads(stream.readline())


def _median(runs: int, measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(runs))


def main() -> None:
    """Print the floor."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--base", type=Path, default=Path("build/tiny.qcow2"))
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    if shutil.which("qemu-system-x86_64") is None:
        parser.error("qemu-system-x86_64 is not installed")
    floor = measure_floor(options.base.resolve(), options.runs)
    print(f"{'qemu-img create (overlay)':36}{floor.overlay_s * 1000:8.1f} ms")
    print(f"{'QEMU: spawn until its monitor answers':36}{floor.qemu_ready_s * 1000:8.1f} ms")
    print(f"{'floor of a boot':36}{floor.boot_s * 1000:8.1f} ms")


if __name__ == "__main__":
    main()
