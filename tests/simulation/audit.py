"""What must hold: after every step, when all is quiet, and when all is deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select
from vmctld.compute.api.trace import trace_of
from vmctld.domain.instance import Instance, TaskState, VmState
from vmctld.domain.machine import PowerState
from vmctld.storage.columns import core
from vmctld.storage.repositories import hosts, journal, outbox, quotas
from vmctld.storage.tables.compute import AllocationRow

from tests.simulation.services import ROOM

if TYPE_CHECKING:
    from tests.simulation.world import World

ALLOCATIONS = core(AllocationRow)
LIVING = (VmState.ACTIVE, VmState.STOPPED)
PROJECT = "demo"


def after_each_step(world: World) -> Iterator[str]:
    """Yield what is wrong whatever is going on."""
    everything = world.all()
    yield from _capacity(world)
    yield from _quota(world, everything)
    known = {instance.id for instance in everything}
    for instance_id in world.accepted:
        if instance_id not in known:
            yield f"accepted instance {instance_id} is lost"
    for instance in everything:
        if instance.vm_state is VmState.ACTIVE and instance.task_state is None:
            yield from _machine_of(world, instance)


def when_quiet(world: World) -> Iterator[str]:
    """Yield what is wrong once faults have stopped and time has passed."""
    everything = world.all()
    yield from after_each_step(world)
    with world.database.read() as tx:
        if depth := outbox.depth(tx):
            yield f"{depth} messages are still in the outbox"
    for instance in everything:
        if not (instance.has_settled or instance.vm_state is VmState.DELETED):
            yield f"{_name(instance)} never settles"
        elif instance.vm_state in LIVING:
            yield from _whole(world, instance)
        elif instance.vm_state is VmState.ERROR and instance.fault is None:
            yield f"{_name(instance)} does not say why"
    yield from _owned(world, everything)
    yield from _claims(world, everything)
    keys = Counter(world.accepted.values())
    for key, count in keys.items():
        if count > 1:
            yield f"{key} was accepted {count} times"


def when_deleted(world: World) -> Iterator[str]:
    """Yield what is left although every instance was deleted."""
    yield from when_quiet(world)
    for instance in world.living():
        yield f"{_name(instance)} was not deleted"
    for host, driver in world.drivers.items():
        for machine in driver.machines():
            yield f"machine {machine.instance_id} is left on {host}"
        for instance_id in world.caches[host].holds:
            yield f"{host} holds an image for {instance_id}"
    for port_id, owner in world.given.wired.items():
        yield f"port {port_id} of {owner.instance_id} is left"
    for attachment_id, owner in world.given.attached.items():
        yield f"attachment {attachment_id} of {owner.instance_id} is left"


def _capacity(world: World) -> Iterator[str]:
    with world.database.read() as tx:
        known = hosts.everything(tx)
        claimed = hosts.totals(tx, [host.name for host in known])
        counts = Counter(tx.execute(select(ALLOCATIONS.c.host)).scalars())
    for host in known:
        if min(host.free_vcpus, host.free_ram_mib, host.free_disk_gib) < 0:
            yield f"{host.name} is over its capacity"
        total = claimed.get(host.name)
        if total is not None and host.claimed != total:
            yield f"{host.name} says {host.claimed}, its claims are {total}"
        if host.instances != counts[host.name]:
            yield f"{host.name} counts {host.instances} instances, has {counts[host.name]}"
        if host.ram_mib != ROOM.ram_mib:
            yield f"{host.name} changed its size"


def _quota(world: World, everything: list[Instance]) -> Iterator[str]:
    counted = [one for one in everything if one.vm_state is not VmState.DELETED]
    with world.database.read() as tx:
        used = quotas.usage_of(tx, PROJECT)
    recount = (
        len(counted),
        sum(one.flavor.vcpus for one in counted),
        sum(one.flavor.ram_mib for one in counted),
    )
    if (used.instances, used.cores, used.ram_mib) != recount:
        yield f"the quota says {used}, a recount {recount}"


def _machine_of(world: World, instance: Instance) -> Iterator[str]:
    status = world.drivers[instance.host].status(instance.id) if instance.host else None
    if status is None:
        yield f"{_name(instance)} has no machine"
    elif status.attempt != instance.attempt:
        yield f"{_name(instance)} has the machine of attempt {status.attempt}"


def _whole(world: World, instance: Instance) -> Iterator[str]:
    """An instance that was built has all that it needs, once, where it is."""
    machines = [
        (host, machine)
        for host, driver in world.drivers.items()
        for machine in driver.machines()
        if machine.instance_id == instance.id
    ]
    if [host for host, _ in machines] != [instance.host]:
        yield f"{_name(instance)} has machines on {[host for host, _ in machines]}"
    for _, machine in machines:
        if (machine.power is PowerState.RUNNING) != (instance.vm_state is VmState.ACTIVE):
            yield f"{_name(instance)} is {instance.status}, its machine {machine.power!r}"
    for nic in instance.nics:
        owner = world.given.wired.get(nic.port_id)
        if owner is None or (owner.instance_id, owner.host) != (instance.id, instance.host):
            yield f"{_name(instance)} lacks its port: {owner}"
    for plan in instance.volumes:
        owner = world.given.attached.get(plan.attachment_id)
        if owner is None or (owner.instance_id, owner.host) != (instance.id, instance.host):
            yield f"{_name(instance)} lacks its volume: {owner}"
    if instance.id not in world.caches[instance.host or ""].holds:
        yield f"{_name(instance)} does not hold its image"
    with world.database.read() as tx:
        trace = trace_of(instance, journal.of_instance(tx, instance.id, "boot"))
    if [step.number for step in trace.last.steps] != list(range(1, 29)):
        yield f"{_name(instance)} has steps {[step.number for step in trace.last.steps]}"


def _owned(world: World, everything: list[Instance]) -> Iterator[str]:
    """Nothing is held for an instance that is gone, or that failed and was undone."""
    holders = {one.id: one for one in everything if one.vm_state in LIVING or _kept_host(one)}
    stuck = _stuck(world)
    for host, driver in world.drivers.items():
        for machine in driver.machines():
            holder = holders.get(machine.instance_id)
            if holder is None or holder.vm_state is VmState.ERROR:
                yield f"{host} runs {machine.instance_id}, which does not live"
        for instance_id in world.caches[host].holds - set(holders) - stuck:
            yield f"{host} holds an image for {instance_id}, which does not live"
    for port_id, owner in world.given.wired.items():
        if owner.instance_id not in holders and owner.instance_id not in stuck:
            yield f"port {port_id} is of {owner.instance_id}, which does not live"
    for attachment_id, owner in world.given.attached.items():
        if owner.instance_id not in holders and owner.instance_id not in stuck:
            yield f"attachment {attachment_id} is of {owner.instance_id}, which does not live"


def _claims(world: World, everything: list[Instance]) -> Iterator[str]:
    with world.database.read() as tx:
        rows = tx.execute(select(ALLOCATIONS.c.instance_id, ALLOCATIONS.c.host)).all()
    claimed = {row.instance_id: row.host for row in rows}
    for instance in everything:
        entitled = instance.vm_state in LIVING or _kept_host(instance)
        wanted = instance.host if entitled else None
        if claimed.get(instance.id) != wanted:
            yield f"{_name(instance)} claims {claimed.get(instance.id)}, is on {wanted}"


def _kept_host(instance: Instance) -> bool:
    """A build that timed out keeps what it has until it is deleted."""
    return instance.vm_state is VmState.ERROR and instance.host is not None


def _stuck(world: World) -> set[str]:
    with world.database.read() as tx:
        return {entry.instance_id for entry in journal.stuck(tx, 1000)}


def _name(instance: Instance) -> str:
    task = f"/{instance.task_state}" if isinstance(instance.task_state, TaskState) else ""
    return (
        f"{instance.name} ({instance.status}{task}, attempt {instance.attempt} on {instance.host})"
    )
