"""What must hold: after every step, when all is quiet, and when all is deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select

from tests.simulation.ground import Entry, Room, Sight
from vmctld.compute.api.trace import trace_of
from vmctld.domain.instance import Instance, TaskState, VmState
from vmctld.domain.machine import PowerState
from vmctld.storage.columns import core
from vmctld.storage.repositories import journal, outbox
from vmctld.storage.tables.compute import AllocationRow

if TYPE_CHECKING:
    from tests.simulation.world import World

ALLOCATIONS = core(AllocationRow)
LIVING = (VmState.ACTIVE, VmState.STOPPED)


def after_each_step(world: World) -> Iterator[str]:
    """Yield what is wrong whatever is going on.  Cheap: it is asked after every step."""
    sight = world.look()
    if sight is not world.last_sight:  # else these say what they said at the last step
        for room in sight.rooms:
            yield from _capacity(room)
            if room.ram_mib != world.room.ram_mib:
                yield f"{room.name} changed its size"
        yield from _gone_first(world, sight)
        yield from _quota(sight)
        for instance_id in world.accepted.keys() - {entry.id for entry in sight.entries}:
            yield f"accepted instance {instance_id} is lost"
        world.last_sight = sight
    for entry in sight.entries:
        if entry.vm_state == VmState.ACTIVE and entry.task_state is None:
            yield from _machine_of(world, entry)


def when_quiet(world: World) -> Iterator[str]:
    """Yield what is wrong once faults have stopped and time has passed."""
    everything = world.all()
    world.last_sight = None
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
    for entry in world.living():
        yield f"{entry.name} ({entry.vm_state}) was not deleted"
    for host, driver in world.drivers.items():
        for machine in driver.machines():
            yield f"machine {machine.instance_id} is left on {host}"
        for instance_id in world.caches[host].holds:
            yield f"{host} holds an image for {instance_id}"
    for port_id, owner in world.given.wired.items():
        yield f"port {port_id} of {owner.instance_id} is left"
    for attachment_id, owner in world.given.attached.items():
        yield f"attachment {attachment_id} of {owner.instance_id} is left"


def _capacity(room: Room) -> Iterator[str]:
    if min(room.free) < 0:
        yield f"{room.name} is over its capacity"
    taken = tuple(all_of - free for all_of, free in zip(room.capacity, room.free, strict=True))
    if taken != room.claimed:
        yield f"{room.name} says {taken}, its claims are {room.claimed}"
    if room.instances != room.claims:
        yield f"{room.name} counts {room.instances} instances, has {room.claims}"


def _quota(sight: Sight) -> Iterator[str]:
    counted = [one for one in sight.entries if one.vm_state != VmState.DELETED]
    cores, ram_mib = sum(one.vcpus for one in counted), sum(one.ram_mib for one in counted)
    if sight.used != (len(counted), cores, ram_mib):
        yield f"the quota says {sight.used}, a recount {(len(counted), cores, ram_mib)}"


def _gone_first(world: World, sight: Sight) -> Iterator[str]:
    """An instance is deleted only when its machine is gone: its address is free from then on.

    A zombie may have started another one since: it looks again when it has, and undoes it.
    """
    if world.last_sight is None or world.has_zombies():
        return
    before = {one.id: one for one in world.last_sight.entries}
    for entry in sight.entries:
        was = before.get(entry.id)
        if entry.vm_state == VmState.DELETED and was and was.vm_state != VmState.DELETED:
            for host, driver in world.drivers.items():
                if driver.status(entry.id) is not None:
                    yield f"{entry.name} is deleted, and its machine is on {host}"


def _machine_of(world: World, entry: Entry) -> Iterator[str]:
    status = world.drivers[entry.host].status(entry.id) if entry.host else None
    if status is None:
        yield f"{entry.name} (ACTIVE, attempt {entry.attempt} on {entry.host}) has no machine"
    elif status.attempt != entry.attempt:
        yield f"{entry.name} has the machine of attempt {status.attempt}, not {entry.attempt}"


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
