"""One look at everything: a snapshot of the database first, then hosts and files.

The order matters.  What a build makes it makes after its instance is placed, and an end frees
what it frees before the instance is gone: so a machine, port or file without an owner in an
*earlier* snapshot is either brand-new or a leak, and a second look tells which.

The statements here and in the checks go to the tables themselves: repositories show what is
right, and an auditor looks for what is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select

from vmctld.domain.instance import TaskState, VmState
from vmctld.domain.machine import MachineStatus, PowerState
from vmctld.drivers.base import Driver
from vmctld.errors import VmctlError
from vmctld.operations.installation import Installation
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.compute import InstanceRow

log = structlog.get_logger(__name__)

GRACE = timedelta(seconds=120)  # for what is on its way somewhere and has no deadline of its own
ENDED = frozenset({PowerState.NOSTATE, PowerState.SHUTDOWN, PowerState.CRASHED})

_I = core(InstanceRow).c
_LIVING = select(
    _I.id,
    _I.project_id,
    _I.vm_state,
    _I.task_state,
    _I.host,
    _I.attempt,
    _I.vcpus,
    _I.ram_mib,
    _I.disk_gib,
    _I.nics,
    _I.volumes,
    _I.addresses,
    _I.updated_at,
    _I.deadline_at,
).where(_I.vm_state != VmState.DELETED.value)

Machines = Mapping[str, Mapping[str, MachineStatus]]
"""Machines by instance id, by host.  A host that did not answer is not in it: unknown."""


@dataclass(frozen=True, slots=True)
class Living:
    """An instance that is not deleted, as far as the checks need it."""

    id: str
    project_id: str
    vm_state: VmState
    task_state: TaskState | None
    host: str | None
    attempt: int
    vcpus: int
    ram_mib: int
    disk_gib: int
    port_ids: tuple[str, ...]
    volumes: tuple[tuple[str, str], ...]  # volume id, attachment id
    addresses: tuple[tuple[str, str], ...]  # port id, address
    updated_at: datetime
    deadline_at: datetime | None

    @property
    def has_settled(self) -> bool:
        """True when nothing is happening to it."""
        return self.vm_state is not VmState.BUILDING and self.task_state is None


class World:
    """What a check looks at.  Made anew for each look."""

    def __init__(
        self,
        tx: Tx,
        installation: Installation,
        *,
        machines: Machines | None = None,
        deep: bool = False,
    ) -> None:
        """Take the snapshot; ``machines`` None: ask the hosts when a check wants to know."""
        self.tx = tx
        self.installation = installation
        self.now = installation.clock()
        self.deep = deep  # read whole files too
        self.living = {row.id: _living(row) for row in tx.execute(_LIVING)}
        self._machines = machines

    @cached_property
    def machines(self) -> Machines:
        """What runs on the hosts that this process can ask."""
        if self._machines is None:
            return machines_of(self.installation.drivers)
        return self._machines

    @property
    def store(self) -> Path:
        """Where images and volumes are."""
        return self.installation.store

    @property
    def state_dir(self) -> Path:
        """Where the daemon's files are."""
        return self.installation.state_dir

    def is_old(self, moment: datetime) -> bool:
        """True when that was so long ago that it is no longer under way."""
        return moment < self.now - GRACE

    def is_gone(self, instance_id: str | None) -> bool:
        """True when nothing may be held in the name of that instance any more.

        An instance in ERROR that has no host holds nothing either: its build was unwound.
        """
        instance = self.living.get(instance_id or "")
        if instance is None:
            return True
        unwound = instance.vm_state is VmState.ERROR and instance.host is None
        return unwound and instance.task_state is None and self.is_old(instance.updated_at)

    def may_be_on(self, instance_id: str, host: str) -> bool:
        """True when a machine of that instance may be on that host: it lives there.

        One whose build has just failed may have a machine that is being unwound.
        """
        instance = self.living.get(instance_id)
        if instance is None:
            return False
        if instance.vm_state is VmState.ERROR and instance.host is None:
            return not self.is_gone(instance_id)
        return instance.host == host

    def has_machine(self, instance_id: str) -> bool:
        """True when a machine of it runs anywhere, or may run: what it uses is not free."""
        found = (machines.get(instance_id) for machines in self.machines.values())
        return any(machine is not None and machine.power not in ENDED for machine in found)


def machines_of(drivers: Mapping[str, Driver]) -> Machines:
    """Ask every host for its machines; one that fails is left out."""
    machines: dict[str, dict[str, MachineStatus]] = {}
    for host, driver in drivers.items():
        try:
            machines[host] = {machine.instance_id: machine for machine in driver.machines()}
        except (VmctlError, OSError):
            log.warning("a host did not tell what runs on it", host=host, exc_info=True)
    return machines


def _living(row: Any) -> Living:
    return Living(
        id=row.id,
        project_id=row.project_id,
        vm_state=VmState(row.vm_state),
        task_state=TaskState(row.task_state) if row.task_state else None,
        host=row.host,
        attempt=row.attempt,
        vcpus=row.vcpus,
        ram_mib=row.ram_mib,
        disk_gib=row.disk_gib,
        port_ids=tuple(nic["port_id"] for nic in row.nics),
        volumes=tuple((plan["volume_id"], plan["attachment_id"]) for plan in row.volumes),
        addresses=tuple((one["port_id"], one["address"]) for one in row.addresses),
        updated_at=row.updated_at,
        deadline_at=row.deadline_at,
    )
