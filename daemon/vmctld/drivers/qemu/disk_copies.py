"""A copy of a machine's disk as it is at one moment, made while its guest runs on.

QEMU's backup job: from the moment that it begins, what the guest is about to overwrite is
copied first.  The guest waits for what is in flight, some milliseconds, and its disk stays the
file that it was: whatever dies on the way, there is nothing to put back together.  A machine
that is off is copied by qemu-img.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import structlog

from vmctld.drivers.base import no_copy, no_machine, require_instance_id
from vmctld.drivers.qemu.blocks import disk_node, fdset_path
from vmctld.drivers.qemu.disks import empty_recipe, flat_recipe
from vmctld.drivers.qemu.files import host_failures
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.making import Making, disk_full, has_room
from vmctld.drivers.qemu.monitors import Monitors
from vmctld.drivers.qemu.processes import Processes
from vmctld.drivers.qemu.qmp import Monitor
from vmctld.drivers.qemu.tools import Tools
from vmctld.errors import Exhausted, HypervisorFailed, WrongState
from vmctld.observe import context

log = structlog.get_logger(__name__)

NODE, JOB = "disk-copy", "copy-disk"
LIVE = ".live"  # what QEMU is still writing to
START_TIMEOUT_S = 30.0  # what is in flight ends first, and a slow disk takes its time
LOOK_FIRST_S, LOOK_LAST_S = 0.02, 0.5
OVER = "concluded"


class DiskCopies:
    """Fills ``drivers.abilities.CopiesDisk`` for the machines of one host."""

    _inventory: Inventory
    _processes: Processes
    _monitors: Monitors
    _tools: Tools

    def copy_disk(self, instance_id: str, token: str) -> None:
        """Make a copy of the disk, whole and on the host's disk when this returns."""
        record = self._inventory.get(require_instance_id(instance_id))
        if record is None:
            raise no_machine(instance_id)
        root, directory = record.machine.root, self._inventory.directory(instance_id)
        if root is None:
            raise _no_disk(instance_id)
        copy = directory.copy(token)
        if copy.exists():
            return
        with host_failures(instance_id):
            if self._processes.get(instance_id) is None:
                with Making(flat_recipe(self._tools.qemu_img, directory.disk, root, copy)):
                    pass
            else:
                self._copy_live(instance_id, copy)

    @contextmanager
    def open_copy(self, instance_id: str, token: str) -> Iterator[BinaryIO]:
        """Open the copy for reading."""
        copy = self._inventory.directory(require_instance_id(instance_id)).copy(token)
        try:
            file = copy.open("rb", buffering=0)
        except FileNotFoundError as error:
            raise no_copy(instance_id) from error
        with file:
            yield file

    def drop_copy(self, instance_id: str, token: str) -> None:
        """Forget the copy, and end the making of it."""
        copy = self._inventory.directory(require_instance_id(instance_id)).copy(token)
        if self._processes.get(instance_id) is not None and _live(copy).exists():
            with self._monitors.talk(instance_id, START_TIMEOUT_S) as monitor:
                _end_job(monitor)
        with host_failures(instance_id):
            for path in (copy, _live(copy)):
                path.unlink(missing_ok=True)
                path.with_name(path.name + ".part").unlink(missing_ok=True)

    def _copy_live(self, instance_id: str, copy: Path) -> None:
        live = _live(copy)
        with self._monitors.talk(instance_id, START_TIMEOUT_S) as monitor:
            _end_job(monitor)  # of a daemon that was killed: its copy is not to be trusted
            size_bytes = _size_of_root(monitor)
        with Making(empty_recipe(self._tools.qemu_img, size_bytes, live)):
            pass
        fd = os.open(live, os.O_RDWR | os.O_CLOEXEC)
        try:
            with self._monitors.talk(instance_id, START_TIMEOUT_S) as monitor:
                _begin_job(monitor, fd, instance_id)
            self._await_job(instance_id, live)
            os.fsync(fd)
        finally:
            os.close(fd)
        live.replace(copy)

    def _await_job(self, instance_id: str, live: Path) -> None:
        """Return when the copy is whole; raises Exhausted or HypervisorFailed if it never is."""
        pause_s = LOOK_FIRST_S
        while True:
            with self._monitors.talk(instance_id) as monitor:
                job = _job(monitor)
                if job is None or job.get("status") == OVER:
                    _end_job(monitor)
                    break
            context.check_deadline("the disk was copied")
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, LOOK_LAST_S)
        if job is None or "error" in job:
            log.error("the disk was not copied", instance_id=instance_id, said=str(job))
            raise _not_copied(live)


def _live(copy: Path) -> Path:
    return copy.with_name(copy.name + LIVE)


def _begin_job(monitor: Monitor, fd: int, instance_id: str) -> None:
    number = monitor.hand_over(fd)
    node = disk_node(NODE, "qcow2", fdset_path(number), read_only=False)
    monitor.execute("blockdev-add", **node)
    began_s = time.monotonic()
    monitor.execute(
        "blockdev-backup",
        **{
            "job-id": JOB,
            "device": "root",
            "target": NODE,
            "sync": "full",
            "auto-dismiss": False,
        },
    )
    held_ms = (time.monotonic() - began_s) * 1000
    log.info("copies a disk", instance_id=instance_id, guest_waited_ms=round(held_ms, 1))


def _end_job(monitor: Monitor) -> None:
    """Have no copy being made, and its file closed."""
    job = _job(monitor)
    if job is not None and job.get("status") != OVER:
        monitor.execute("job-cancel", id=JOB)
        while (job := _job(monitor)) is not None and job.get("status") != OVER:
            time.sleep(LOOK_FIRST_S)  # the conversation's deadline ends this
    if job is not None:
        monitor.execute("job-dismiss", id=JOB)
    if any(node.get("node-name") == NODE for node in _nodes(monitor)):
        monitor.execute("blockdev-del", **{"node-name": NODE})


def _job(monitor: Monitor) -> Mapping[str, object] | None:
    jobs = monitor.execute("query-jobs")
    assert isinstance(jobs, list)
    return next((job for job in jobs if job["id"] == JOB), None)


def _nodes(monitor: Monitor) -> list[Mapping[str, object]]:
    nodes = monitor.execute("query-named-block-nodes", flat=True)
    assert isinstance(nodes, list)
    return nodes


def _size_of_root(monitor: Monitor) -> int:
    root = next(node for node in _nodes(monitor) if node["node-name"] == "root")
    image = root["image"]
    assert isinstance(image, Mapping)
    return int(image["virtual-size"])


def _not_copied(live: Path) -> Exhausted | HypervisorFailed:
    if not has_room(live.parent):
        return disk_full("the copy of the disk")
    return HypervisorFailed(
        "The disk could not be copied.",
        code="disk-not-copied",
        hint="The daemon's log has the hypervisor's own words.",
    )


def _no_disk(instance_id: str) -> WrongState:
    return WrongState(
        "The machine has no disk of its own.",
        code="no-own-disk",
        facts={"instance_id": instance_id},
    )
