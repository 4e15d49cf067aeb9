"""Where a machine's own things lie: one directory a machine, named by its instance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ASIDE = "aside-"
COPY = "copy-"


@dataclass(frozen=True, slots=True)
class MachineDirectory:
    """``<state>/machines/<instance id>``, 0700.  Deleting it leaves nothing of the machine."""

    path: Path

    @property
    def record(self) -> Path:
        """What the next daemon must know."""
        return self.path / "machine.json"

    @property
    def disk(self) -> Path:
        """The instance's own disk, an overlay."""
        return self.path / "disk.qcow2"

    @property
    def config_drive(self) -> Path:
        """The ``config-2`` drive.  Holds the guest's secrets."""
        return self.path / "config.iso"

    def aside(self, token: str) -> Path:
        """Where what the machine was is kept under a token."""
        return self.path / f"{ASIDE}{token}"

    def asides(self) -> list[Path]:
        """Return all that is kept of what the machine was."""
        return [path for path in self.path.glob(f"{ASIDE}*") if path.suffix != ".part"]

    def copy(self, token: str) -> Path:
        """Where a copy of all of the disk is, while an image is made of it."""
        return self.path / f"{COPY}{token}.qcow2"

    @property
    def rescue(self) -> Path:
        """The disk to boot from instead of the machine's own, while there is one."""
        return self.path / "rescue.qcow2"

    @property
    def removed_rescue(self) -> Path:
        """That disk when it is out again and may still be wanted back."""
        return self.path / "rescue-removed.qcow2"

    @property
    def memory(self) -> Path:
        """The guest's memory while it is suspended.  Holds the guest's secrets."""
        return self.path / "memory.state"

    @property
    def console_log(self) -> Path:
        """All that the guest wrote to its serial port, the oldest cut off when it grows."""
        return self.path / "console.log"

    @property
    def qemu_log(self) -> Path:
        """QEMU's own words."""
        return self.path / "qemu.log"

    @property
    def monitor(self) -> Path:
        """The QMP socket."""
        return self.path / "qmp.sock"

    @property
    def serial(self) -> Path:
        """The socket of the serial port."""
        return self.path / "serial.sock"
