"""What is written down of a machine, so that the next daemon knows it.

``machine.json`` in the machine's directory, 0600, replaced whole: the intent before anything is
made, the process once its monitor has answered, the end when it ends.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from vmctld.domain.machine import Machine, MachineVolume, RootDisk
from vmctld.domain.network import PortWiring

VERSION = 1


class Phase(StrEnum):
    """How far the machine has come."""

    BUILDING = "building"  # its files are being made; perhaps it runs already
    STARTING = "starting"  # to run on the files that it has; perhaps it does already
    RUNNING = "running"  # its monitor has answered
    SHUTDOWN = "shutdown"  # ended as it was told to, or by its guest
    CRASHED = "crashed"  # its QEMU died
    SUSPENDED = "suspended"  # its memory is on the disk
    RESUMING = "resuming"  # to run on from that memory; perhaps it does already


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """One machine of this host.  ``machine.config_drive`` is None: its secrets are elsewhere."""

    machine: Machine
    phase: Phase
    has_config_drive: bool
    guest_uid: int | None  # whom it runs as, None for the daemon's own user
    accelerator: str
    ssh_port: int | None = None
    pid: int | None = None
    start_ticks: int | None = None
    started_at: datetime | None = None

    @property
    def instance_id(self) -> str:
        """Whose machine it is."""
        return self.machine.instance_id

    @property
    def attempt(self) -> int:
        """Which attempt at building the instance made it."""
        return self.machine.attempt


def intent(machine: Machine, *, guest_uid: int | None, accelerator: str) -> MachineRecord:
    """Return the record of a machine that is about to be made."""
    return MachineRecord(
        machine=_without_documents(machine),
        phase=Phase.BUILDING,
        has_config_drive=machine.config_drive is not None,
        guest_uid=guest_uid,
        accelerator=accelerator,
    )


def _without_documents(machine: Machine) -> Machine:
    """Return what a start needs: what the guest reads, and its rules, are written elsewhere."""
    ports = tuple(replace(port, guard=None) for port in machine.ports)
    return replace(machine, config_drive=None, documents=None, ports=ports)


def save_record(path: Path, record: MachineRecord) -> None:
    """Replace the record at ``path``, in one piece and on the disk when this returns."""
    text = json.dumps({"version": VERSION, **asdict(record)}, default=_plain, indent=1)
    part = path.with_name(path.name + ".part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(fd)
    part.replace(path)


def load_record(path: Path) -> MachineRecord:
    """Return the record at ``path``.  Raises OSError or ValueError when it cannot be read."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if fields.pop("version") != VERSION:
            raise ValueError("a record of another version")
        started_at = fields.pop("started_at")
        return MachineRecord(
            machine=_machine_from(fields.pop("machine")),
            phase=Phase(fields.pop("phase")),
            started_at=datetime.fromisoformat(started_at) if started_at else None,
            **fields,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a machine's record") from error


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a record")


def _machine_from(fields: dict[str, Any]) -> Machine:
    root = fields.pop("root")
    return Machine(
        root=RootDisk(**{**root, "base_path": Path(root["base_path"])}) if root else None,
        volumes=tuple(
            MachineVolume(**{**volume, "path": Path(volume["path"])})
            for volume in fields.pop("volumes")
        ),
        ports=tuple(
            PortWiring(**{**port, "dns_servers": tuple(port["dns_servers"])})
            for port in fields.pop("ports")
        ),
        **fields,
    )
