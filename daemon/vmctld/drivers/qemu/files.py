"""All files that a machine needs before its QEMU starts."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog

from vmctld.domain.machine import Machine
from vmctld.drivers.qemu.configdrive import config_drive_recipe
from vmctld.drivers.qemu.disks import overlay_recipe
from vmctld.drivers.qemu.making import FULL, Making, disk_full
from vmctld.drivers.qemu.paths import MachineDirectory
from vmctld.drivers.qemu.tools import Tools
from vmctld.errors import HypervisorFailed

log = structlog.get_logger(__name__)


def make_files(tools: Tools, directory: MachineDirectory, machine: Machine) -> None:
    """Make the machine's disk and config drive where they are not there yet, both at once.

    They appear in one piece, so one that is there is whole.
    """
    with ExitStack() as making:
        if machine.root is not None and not directory.disk.exists():
            overlay = overlay_recipe(tools.qemu_img, machine.root, directory.disk)
            making.enter_context(Making(overlay))
        if machine.config_drive is not None and not directory.config_drive.exists():
            drive = making.enter_context(
                config_drive_recipe(tools.genisoimage, machine.config_drive, directory.config_drive)
            )
            making.enter_context(Making(drive))


@contextmanager
def host_failures(instance_id: str) -> Iterator[None]:
    """Turn this host's own errors into ours: a full disk is told apart, a path is told nobody."""
    try:
        yield
    except OSError as error:
        log.error("the host refused", instance_id=instance_id, error=str(error))
        if error.errno in FULL:
            raise disk_full("the machine's files") from error
        raise HypervisorFailed(
            f"The host refused a file or process of the machine: {error.strerror or 'no reason'}.",
            code="host-refused",
            hint="The daemon's log says which one.",
            facts={"errno": errno.errorcode.get(error.errno or 0, "unknown")},
        ) from error
