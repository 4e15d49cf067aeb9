"""What drivers can do beside running machines, one small protocol an ability.

Every verb makes sure: it may be called again after a crash in its middle, and when it fails
the machine can still be brought to where it was.
"""

from __future__ import annotations

from typing import Protocol

from vmctld.domain.machine import MachineStatus


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
