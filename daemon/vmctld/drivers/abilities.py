"""What drivers can do beside running machines, one small protocol an ability.

Every verb makes sure: it may be called again after a crash in its middle, and when it fails
the machine can still be brought to where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from vmctld.domain.machine import (
    ConfigDrive,
    Diagnostics,
    MachineStatus,
    MachineVolume,
    RootDisk,
)
from vmctld.domain.network import PortWiring


class KeepsMemory(Protocol):
    """Puts a guest's memory on the disk, where it outlives the daemon and the host."""

    def suspend(self, instance_id: str) -> None:
        """Write the guest's memory to the disk and end its machine.

        Raises WrongState (not running), Exhausted (disk full), HypervisorFailed.
        """
        ...

    def resume(self, instance_id: str) -> MachineStatus:
        """Have the guest go on: from its memory on the disk, or where it is held.

        The memory is used once: it never meets a disk that has changed since.
        """
        ...


class Reshapes(Protocol):
    """Gives a machine that is off another disk or size, and the old ones back.

    What it was is kept under a token of the caller's until that is dropped.
    """

    def set_aside(self, instance_id: str, token: str) -> None:
        """Keep what the machine is now; once kept, it stays what it was then."""
        ...

    def bring_back(self, instance_id: str, token: str) -> None:
        """Make the machine what was kept, ending it first; it stays kept.

        Nothing kept is fine, and changes nothing.
        """
        ...

    def drop_aside(
        self, instance_id: str, token: str | None = None, *, but: str | None = None
    ) -> None:
        """Forget what was kept under the token, or all ``but`` one; absent is fine."""
        ...

    def renew(self, instance_id: str, root: RootDisk) -> None:
        """Give the machine a fresh disk over ``root``; all else stays.

        Raises Exhausted (disk full), HypervisorFailed.
        """
        ...

    def reshape(self, instance_id: str, *, vcpus: int, ram_mib: int, disk_gib: int) -> None:
        """Give the machine another size; its disk grows if it has one, and never shrinks.

        Raises Exhausted (disk full), HypervisorFailed.
        """
        ...


class Wires(Protocol):
    """Plugs network cards into machines and takes them out, whether they run or not."""

    def plug_ports(
        self, instance_id: str, ports: Sequence[PortWiring], documents: ConfigDrive | None
    ) -> None:
        """Have the machine get those of the cards that it lacks, and none other.

        ``documents`` is what its guest may read from then on.  Raises HypervisorFailed.
        """
        ...

    def unplug_port(self, instance_id: str, port_id: str) -> None:
        """Take a card out once the guest has let go of it; absent is fine.

        Raises TimedOut (``guest-keeps-card``).
        """
        ...


class Rescues(Protocol):
    """Puts a disk before a machine's own, for a guest that does not come up by itself."""

    def insert_rescue(self, instance_id: str, image_path: Path, image_format: str) -> None:
        """Have the machine, which is off, boot next from a copy of the image; its own disk second.

        Raises Exhausted (disk full), HypervisorFailed.
        """
        ...

    def remove_rescue(self, instance_id: str, *, keep: bool = False) -> None:
        """Have the machine boot from its own disk again, ending it first if it does not yet.

        With ``keep`` the disk can be reinserted.  No rescue disk is fine, and changes nothing.
        """
        ...

    def reinsert_rescue(self, instance_id: str) -> None:
        """Have the machine boot next from the disk that was removed and kept, ending it first.

        None kept is fine, and changes nothing.
        """
        ...


class CopiesDisk(Protocol):
    """Makes a file of all that is on a machine's own disk at one moment; the guest runs on."""

    def copy_disk(self, instance_id: str, token: str) -> None:
        """Make the copy, whole and needing no other file; one that is there stays as it is.

        Raises Exhausted (disk full), HypervisorFailed, WrongState (it has no disk of its own).
        """
        ...

    def open_copy(self, instance_id: str, token: str) -> AbstractContextManager[BinaryIO]:
        """Open the copy for reading, in the format qcow2.  Raises NotFound when there is none."""
        ...

    def drop_copy(self, instance_id: str, token: str) -> None:
        """Forget the copy, whole or half made, of a machine that may be gone; absent is fine."""
        ...


class Measures(Protocol):
    """Tells what a machine has done so far."""

    def diagnostics(self, instance_id: str) -> Diagnostics:
        """Return what a running machine has done; raises WrongState when it is off."""
        ...


class Plugs(Protocol):
    """Gives a machine volumes and takes them away, whether it runs or not."""

    def attach_volume(self, instance_id: str, volume: MachineVolume) -> None:
        """Have the machine see the volume: at once if it runs, else when it starts.

        Raises HypervisorFailed, leaving the machine without it.
        """
        ...

    def detach_volume(
        self, instance_id: str, attachment_id: str, timeout_s: float, *, force: bool = False
    ) -> None:
        """Take the volume away, once the guest has let go of it; absent is fine.

        Raises TimedOut (``guest-keeps-volume``) when the guest does not within ``timeout_s``.
        With ``force`` it is pulled out then, and the guest sees errors where the disk was.
        """
        ...

    def grow_volume(self, instance_id: str, attachment_id: str, size_bytes: int) -> bool:
        """Make an attached volume larger under the running guest, which sees it.

        False when the machine is off: nobody has the volume's file open then.
        """
        ...
