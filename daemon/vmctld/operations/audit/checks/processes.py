"""I4: no QEMU runs on this host's files but those that the driver knows.

A driver looks for the QEMUs of its machines when it starts.  One that got away from it, a
second one on the same disk above all, shows by the files that it has open.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from vmctld.drivers.qemu import procfs
from vmctld.drivers.qemu.process import QemuProcess
from vmctld.operations.audit.files_below import QEMU
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World

_PROGRAM = "qemu-system-"


def stray_processes(world: World) -> Iterator[Suspect]:
    """A QEMU that has files of a machine open and is not that machine's: killed."""
    hosts = [host for host, driver in world.installation.drivers.items() if driver.name == QEMU]
    for host in hosts:
        machines = world.machines.get(host)
        if machines is None:
            continue
        known = {machine.pid for machine in machines.values()}
        for process, instance_id in _processes_on(world.state_dir / QEMU, known):
            instance = world.living.get(instance_id)
            if instance is None or instance.has_settled:
                mine = machines.get(instance_id)
                other = f"the machine's is {mine.pid}" if mine and mine.pid else "no machine's"
                yield Suspect(
                    "process",
                    f"pid {process.pid}",
                    f"a QEMU on the files of {instance_id}, {other}",
                    afterwards=process.kill,  # by its descriptor: a pid may change hands
                )


def _processes_on(directory: Path, known: set[int | None]) -> Iterator[tuple[QemuProcess, str]]:
    """Yield the QEMUs with files below ``directory`` open, with whose machine's they are."""
    machines = directory.resolve() / "machines"  # as the kernel names it
    for pid in procfs.all_pids():
        program = None if pid in known else procfs.read_executable(pid)
        if program is None or not program.name.startswith(_PROGRAM):
            continue
        with contextlib.suppress(ProcessLookupError):
            process = QemuProcess(pid)  # held first, then looked at
            for opened in _opened_by(pid):
                if opened.is_relative_to(machines) and process.is_alive:
                    yield process, opened.relative_to(machines).parts[0]
                    break


def _opened_by(pid: int) -> Iterator[Path]:
    with contextlib.suppress(OSError):  # it has just ended, or is another user's
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            yield descriptor.readlink()
