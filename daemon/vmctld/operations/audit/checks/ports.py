"""I5: every port that was made for an instance belongs to a living one, and the reverse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, select

from vmctld.domain.instance import VmState
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories import ports
from vmctld.storage.tables.network import PortRow

_PORTS = core(PortRow)
SERVICES = "network:"  # how neutron's words for what belongs to no instance begin


def stray_ports(world: World) -> Iterator[Suspect]:
    """A port of no living instance: deleted, or unbound when a user made it."""
    of_servers = _PORTS.c.device_owner.not_like(f"{SERVICES}%")
    for row in world.tx.execute(select(_PORTS).where(_PORTS.c.device_id.is_not(None), of_servers)):
        if world.is_gone(row.device_id):
            # An address is never free while the machine that has it runs
            runs = world.has_machine(row.device_id)
            yield Suspect(
                "port",
                row.id,
                f"bound to {row.device_id}, no living instance"
                + (", whose machine still runs" if runs else ""),
                mend=None if runs else _release(world, row),
            )


def instances_without_ports(world: World) -> Iterator[Suspect]:
    """A network card of a running instance whose port is not its own: for a person to see."""
    owners = {row.id: row.device_id for row in world.tx.execute(select(_PORTS))}
    for instance in world.living.values():
        if instance.vm_state is not VmState.ACTIVE or not instance.has_settled:
            continue
        for port_id in instance.port_ids:
            if owners.get(port_id) != instance.id:
                what = "is not there" if port_id not in owners else "belongs to somebody else"
                yield Suspect("nic", port_id, f"the port of instance {instance.id} {what}")


def _release(world: World, row: Row[Any]) -> Any:
    def mend(tx: Tx) -> None:
        ports.release_ports(tx, row.device_id, port_ids=(row.id,), host=None, now=world.now)

    return mend
