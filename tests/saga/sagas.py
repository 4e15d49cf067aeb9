"""The registry: every saga of the daemon, ready to be tried.  A new saga joins with one entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.cloud import NANO, TINY, FakeCache, FakeServices, Stores
from tests.support.instances import an_instance
from tests.support.machines import a_machine
from vmctld.compute.agent.actions import build_actions
from vmctld.compute.agent.actions.volumes import machine_volume
from vmctld.compute.agent.context import BuildContext
from vmctld.compute.agent.task_context import TaskContext
from vmctld.compute.agent.task_sagas import TASK_SAGAS, parts_of
from vmctld.compute.steps import Tracer
from vmctld.domain.clock import utc_now
from vmctld.domain.flavor import Flavor
from vmctld.domain.instance import Aside, Nic, Task, VmState, VolumePlan
from vmctld.domain.machine import PowerState
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.saga.action import Action


@dataclass(frozen=True)
class Trial:
    """One saga about to run, alone in a small world of its own."""

    actions: Sequence[Action[Any]]
    context: Callable[[], Any]  # a fresh one, as after a restart; the world stays
    world: Callable[[], object]  # everything outside the saga's own memory, to be compared
    leftovers: Callable[[], list[str]]


def boot() -> Trial:
    """Return the build of an instance with a port and two volumes."""
    stores, driver = Stores(), FakeDriver()
    services, cache = FakeServices(stores), FakeCache(stores)
    plans = (VolumePlan("vol-1", "att-1"), VolumePlan("vol-2", "att-2"))
    instance = an_instance(volumes=plans)

    def context() -> BuildContext:
        return BuildContext(
            instance=instance,
            host="a",
            services=services.for_build("token"),
            as_agent=services.as_agent(),
            cache=cache,
            driver=driver,
            tracer=Tracer(utc_now),
        )

    def world() -> object:
        return (
            dict(stores.ports),
            dict(stores.attachments),
            dict(stores.images),
            driver.machines(),
        )

    def leftovers() -> list[str]:
        held = [*stores.ports, *stores.attachments, *stores.images]
        return held + [machine.instance_id for machine in driver.machines()]

    return Trial(build_actions(utc_now), context, world, leftovers)


SMALL = Flavor("2", "m1.small", 2, 256, 2)
FROM = {
    "start": (VmState.STOPPED, PowerState.SHUTDOWN),
    "restore": (VmState.SOFT_DELETED, PowerState.SHUTDOWN),
    "unpause": (VmState.PAUSED, PowerState.PAUSED),
    "resume": (VmState.SUSPENDED, PowerState.SUSPENDED),
    "unrescue": (VmState.RESCUED, PowerState.RUNNING),
    "revertResize": (VmState.RESIZED, PowerState.RUNNING),
    "unshelve": (VmState.SHELVED, PowerState.SHUTDOWN),
}
"""What an action needs to find; all others find a machine that runs."""
PLAN = VolumePlan("vol-1", "att-1")
CARD = Nic("22222222-2222-4222-8222-222222222222", "net-1")


def task(action: str) -> Trial:
    """Return what is done to an instance that was built."""
    stores, driver = Stores(), FakeDriver()
    services, cache = FakeServices(stores), FakeCache(stores)
    state, power = FROM.get(action, (VmState.ACTIVE, PowerState.RUNNING))
    card = CARD if action.endswith("_interface") else None
    plan = PLAN if action.endswith("_volume") else None
    one = Task(
        *("task-1", action, "req-1", state),
        image_id=TINY.id,
        flavor=SMALL,
        nic=card,
        volume=plan,
        size_gib=2,
    )
    aside = Aside(VmState.ACTIVE, NANO, "resize-1") if state is VmState.RESIZED else None
    instance = an_instance(vm_state=state, task=one, aside=aside, nics=())
    driver.ensure_running(a_machine(instance_id=instance.id))
    if action == "detach_interface":
        wirings = services.ensure_ports(instance.id, "a", [CARD]).value
        driver.plug_ports(instance.id, wirings, None)
    cards = dict(stores.ports), driver.cards_of(instance.id)
    if action in ("detach_volume", "extend_volume"):
        (connection,) = services.connect_volumes(instance.id, "a", [PLAN]).value
        driver.attach_volume(instance.id, machine_volume(connection, PLAN))
    attached = dict(stores.attachments), driver.volumes_of(instance.id)
    if state is VmState.RESCUED:
        driver.insert_rescue(instance.id, Path("/images/tiny"), "qcow2")
    if aside is not None:
        driver.set_aside(instance.id, aside.token)
        driver.reshape(instance.id, vcpus=2, ram_mib=256, disk_gib=1)
    shape = driver.of(instance.id)
    if power is not PowerState.RUNNING:
        driver._change(instance.id, power)

    def context() -> TaskContext:
        ctx = TaskContext(instance, one, driver, cache, services.as_agent())
        ctx.as_user = lambda: services.for_build("token")
        return ctx

    def leftovers() -> list[str]:
        (machine,) = driver.machines()
        left = [] if machine.power is power else [f"{machine.power!r} instead of {power!r}"]
        left += [] if driver.of(instance.id) == shape else ["another shape"]
        left += [] if (stores.ports, driver.cards_of(instance.id)) == cards else ["other cards"]
        if (stores.attachments, driver.volumes_of(instance.id)) != attached:
            left.append("other volumes")
        return [*left, *stores.images, *stores.made, *driver.copies_of(instance.id)]

    def world() -> object:
        cards = dict(stores.ports), driver.cards_of(instance.id)
        images = dict(stores.images), dict(stores.made), driver.copies_of(instance.id)
        volumes = dict(stores.attachments), driver.volumes_of(instance.id), dict(stores.sizes)
        return driver.machines(), driver.of(instance.id), images, cards, volumes

    return Trial(parts_of(action), context, world, leftovers)


SAGAS: dict[str, Callable[[], Trial]] = {
    "boot": boot,
    **{action: partial(task, action) for action, parts in TASK_SAGAS.items() if parts},
}


def each_action() -> list[tuple[str, str]]:
    """Return every action of every saga: (saga, action)."""
    return [(saga, action.name) for saga, make in SAGAS.items() for action in make().actions]
