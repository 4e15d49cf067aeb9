"""Machines without instances, and instances without machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from tests.support.living import HOST, INSTANCE, OTHER_HOST
from vmctld.domain.machine import Machine, MachineStatus, PowerState
from vmctld.drivers.base import Driver
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.errors import HypervisorFailed
from vmctld.operations.audit.checks.machines import (
    instances_without_machine,
    machines_of_stopped_instances,
    stray_machines,
)
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import instances

STRAY = "99999999-9999-4999-8999-999999999999"
Look = Callable[..., list[Suspect]]


def a_machine(instance_id: str, attempt: int = 1) -> Machine:
    return Machine(instance_id, attempt, 1, 128, root=None, volumes=(), ports=(), config_drive=None)


class Known(FakeDriver):
    """A driver that says of its machines what the test wants."""

    def __init__(self, *machines: MachineStatus) -> None:
        super().__init__()
        self._said = machines

    def machines(self) -> Sequence[MachineStatus]:
        return self._said


class Broken(FakeDriver):
    """A driver that cannot tell."""

    def machines(self) -> Sequence[MachineStatus]:
        raise HypervisorFailed("no answer")


def unknown(instance_id: str) -> MachineStatus:
    return MachineStatus(instance_id, 0, None, None, None, None, None)


def on(installation: Installation, host: str, driver: Driver) -> Installation:
    """Return the installation with another driver on one host."""
    return replace(installation, drivers={**installation.drivers, host: driver})


def test_a_machine_of_no_instance_is_destroyed(
    installation: Installation, look: Look, mend: Callable[[Suspect], None]
) -> None:
    installation.drivers[HOST].ensure_running(a_machine(STRAY))

    (suspect,) = look(stray_machines)
    mend(suspect)

    assert suspect.subject == f"{STRAY} on {HOST}"
    assert look(stray_machines) == []
    assert installation.drivers[HOST].status(INSTANCE) is not None


def test_a_second_machine_of_an_instance_is_found_on_the_host_that_is_not_its_own(
    installation: Installation, look: Look
) -> None:
    installation.drivers[OTHER_HOST].ensure_running(a_machine(INSTANCE))

    assert [suspect.subject for suspect in look(stray_machines)] == [f"{INSTANCE} on {OTHER_HOST}"]


def test_a_machine_of_an_older_attempt_is_found(look: Look, change_instance: Any) -> None:
    change_instance(attempt=2)

    (suspect,) = look(stray_machines)

    assert suspect.detail == "a machine of attempt 1; the instance is of 2"


def test_a_newer_machine_than_the_one_that_was_found_is_left_alone(
    installation: Installation, look: Look, mend: Callable[[Suspect], None]
) -> None:
    installation.drivers[HOST].ensure_running(a_machine(STRAY, attempt=1))
    (suspect,) = look(stray_machines)
    installation.drivers[HOST].ensure_running(a_machine(STRAY, attempt=2))

    mend(suspect)

    assert installation.drivers[HOST].status(STRAY) is not None


def test_a_machine_whose_build_has_just_failed_is_given_time_to_go(
    installation: Installation, look: Look, change_instance: Any
) -> None:
    change_instance(vm_state="error", host=None, updated_at=installation.clock())

    assert look(stray_machines) == []


def test_a_machine_that_stays_after_its_build_failed_is_found(
    look: Look, change_instance: Any
) -> None:
    change_instance(vm_state="error", host=None)

    assert [suspect.kind for suspect in look(stray_machines)] == ["machine"]


def test_a_machine_that_cannot_be_asked_is_not_called_old(
    installation: Installation, look: Look
) -> None:
    driver = Known(unknown(INSTANCE))

    assert look(stray_machines, on(installation, HOST, driver)) == []


def test_an_active_instance_without_a_machine_is_recorded_as_stopped(
    installation: Installation, look: Look, mend: Callable[[Suspect], None]
) -> None:
    installation.drivers[HOST].destroy(INSTANCE)

    (suspect,) = look(instances_without_machine)
    mend(suspect)

    with installation.database.read() as tx:
        stopped = instances.get(tx, INSTANCE)
    assert stopped is not None
    assert (stopped.vm_state, stopped.power_state) == ("stopped", PowerState.SHUTDOWN)
    assert look(instances_without_machine) == []


def test_a_machine_that_crashed_is_told_as_it_is(
    installation: Installation, look: Look, mend: Callable[[Suspect], None]
) -> None:
    cast(FakeDriver, installation.drivers[HOST]).crash(INSTANCE)

    (suspect,) = look(instances_without_machine)
    mend(suspect)

    with installation.database.read() as tx:
        stopped = instances.get(tx, INSTANCE)
    assert stopped is not None
    assert stopped.power_state is PowerState.CRASHED


@pytest.mark.parametrize("driver", [Broken(), Known(unknown(INSTANCE))])
def test_what_a_host_cannot_tell_is_unknown_and_never_absent(
    installation: Installation, look: Look, driver: Driver
) -> None:
    broken = on(installation, HOST, driver)

    assert look(instances_without_machine, broken) == []
    assert look(stray_machines, broken) == []


def test_an_instance_that_something_happens_to_is_not_judged(
    installation: Installation, look: Look, change_instance: Any
) -> None:
    installation.drivers[HOST].destroy(INSTANCE)
    change_instance(task_state="deleting")

    assert look(instances_without_machine) == []


def test_a_stopped_instance_whose_machine_runs_is_recorded_as_running(
    look: Look, mend: Callable[[Suspect], None], change_instance: Any
) -> None:
    change_instance(vm_state="stopped")

    (suspect,) = look(machines_of_stopped_instances)
    mend(suspect)

    assert suspect.detail == f"is SHUTOFF, and its machine runs on {HOST}"
    assert look(machines_of_stopped_instances) == []
