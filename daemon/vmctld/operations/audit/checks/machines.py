"""I4: one machine for each instance that is to run, on its host, and none besides."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from vmctld.domain.instance import VmState
from vmctld.domain.machine import MachineStatus, PowerState
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import ENDED, Living, World
from vmctld.storage.repositories import instances


def stray_machines(world: World) -> Iterator[Suspect]:
    """A machine whose instance does not live on its host: destroyed."""
    for host, machines in world.machines.items():
        destroy = world.installation.drivers[host].destroy
        for machine in machines.values():
            why = _why_stray(world, host, machine)
            if why:
                yield Suspect(
                    "machine",
                    f"{machine.instance_id} on {host}",
                    why,
                    # With its attempt: a newer one's machine is not what was found
                    afterwards=partial(destroy, machine.instance_id, machine.attempt),
                )


def instances_without_machine(world: World) -> Iterator[Suspect]:
    """An instance that is ACTIVE, and nothing runs for it: recorded as stopped."""
    for instance, machine in _settled_on_asked_hosts(world):
        is_off = machine is None or machine.power in ENDED
        if instance.vm_state is VmState.ACTIVE and is_off:
            power = machine.power if machine and machine.power else PowerState.SHUTDOWN
            yield _contradiction(
                world, instance, "is ACTIVE, and no machine runs", power, VmState.STOPPED
            )


def machines_of_stopped_instances(world: World) -> Iterator[Suspect]:
    """An instance that is SHUTOFF, and its machine runs: recorded as running."""
    for instance, machine in _settled_on_asked_hosts(world):
        power = machine.power if machine else None
        if instance.vm_state is VmState.STOPPED and power is not None and power not in ENDED:
            yield _contradiction(
                world, instance, "is SHUTOFF, and its machine runs", power, VmState.ACTIVE
            )


def _why_stray(world: World, host: str, machine: MachineStatus) -> str:
    instance = world.living.get(machine.instance_id)
    if instance is None:
        return f"a machine on {host}, pid {machine.pid or 'none'}, of no living instance"
    if not world.may_be_on(instance.id, host):
        return f"a machine on {host} of an instance that lives on {instance.host or 'no host'}"
    is_known = machine.power is not None
    if is_known and instance.has_settled and machine.attempt != instance.attempt:
        return f"a machine of attempt {machine.attempt}; the instance is of {instance.attempt}"
    return ""


def _settled_on_asked_hosts(world: World) -> Iterator[tuple[Living, MachineStatus | None]]:
    for instance in world.living.values():
        machines = world.machines.get(instance.host or "")
        if machines is not None and instance.has_settled:
            yield instance, machines.get(instance.id)


def _contradiction(
    world: World, instance: Living, what: str, power: PowerState, state: VmState
) -> Suspect:
    host = instance.host or ""
    return Suspect(
        "instance",
        instance.id,
        f"{what} on {host}",
        mend=lambda tx: _ignore(
            instances.set_power(tx, instance.id, host, power, state, world.now)
        ),
    )


def _ignore(_changed: bool) -> None:
    """False: somebody else was faster, and that is as good."""
