"""The registry: every saga of the daemon, ready to be tried.  A new saga joins with one entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.support.cloud import FakeCache, FakeServices, Stores
from tests.support.instances import an_instance
from tests.support.machines import a_machine
from vmctld.compute.agent.actions import build_actions
from vmctld.compute.agent.context import BuildContext
from vmctld.compute.agent.task_context import TaskContext
from vmctld.compute.agent.task_sagas import TASK_SAGAS, parts_of
from vmctld.compute.steps import Tracer
from vmctld.domain.clock import utc_now
from vmctld.domain.instance import Task, VmState, VolumePlan
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


FROM = {
    "start": (VmState.STOPPED, PowerState.SHUTDOWN),
    "unpause": (VmState.PAUSED, PowerState.PAUSED),
    "resume": (VmState.SUSPENDED, PowerState.SUSPENDED),
}
"""What an action needs to find; all others find a machine that runs."""


def task(action: str) -> Trial:
    """Return what is done to an instance that was built."""
    stores, driver = Stores(), FakeDriver()
    services, cache = FakeServices(stores), FakeCache(stores)
    state, power = FROM.get(action, (VmState.ACTIVE, PowerState.RUNNING))
    one = Task("task-1", action, "req-1", state)
    instance = an_instance(vm_state=state, task=one)
    driver.ensure_running(a_machine(instance_id=instance.id))
    if power is not PowerState.RUNNING:
        driver._change(instance.id, power)

    def context() -> TaskContext:
        return TaskContext(instance, one, driver, cache, services.as_agent())

    def leftovers() -> list[str]:
        (machine,) = driver.machines()
        return [] if machine.power is power else [f"{machine.power!r} instead of {power!r}"]

    return Trial(parts_of(action), context, driver.machines, leftovers)


SAGAS: dict[str, Callable[[], Trial]] = {
    "boot": boot,
    **{action: partial(task, action) for action in TASK_SAGAS},
}


def each_action() -> list[tuple[str, str]]:
    """Return every action of every saga: (saga, action)."""
    return [(saga, action.name) for saga, make in SAGAS.items() for action in make().actions]
