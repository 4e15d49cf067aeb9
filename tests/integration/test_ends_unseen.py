"""Machines that end at the worst moment: an instance is not ACTIVE for longer than its machine.

None of these waits for the agents' next round, which would see it a minute later.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.support.cloud import Cloud, eventually
from vmctld.domain.instance import VmState
from vmctld.domain.machine import Machine, MachineStatus, PowerState
from vmctld.drivers.fake.driver import FakeDriver


class Ending(FakeDriver):
    """A driver one of whose machines ends where a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.after_start = self.after_look = False

    def ensure_running(self, machine: Machine) -> MachineStatus:
        """Start it; it ends before anybody is told that it runs."""
        status = super().ensure_running(machine)
        if self.after_start:
            self.after_start = False
            self.crash(machine.instance_id)
        return status

    def machines(self) -> Sequence[MachineStatus]:
        """Return what runs; it ends before anybody hears of it."""
        seen = super().machines()
        if self.after_look:
            self.after_look = False
            for machine in seen:
                self.crash(machine.instance_id)
        return seen


def _is_stopped(cloud: Cloud, instance_id: str) -> bool:
    instance = cloud.settled(instance_id)
    return (instance.vm_state, instance.power_state) == (VmState.STOPPED, PowerState.CRASHED)


def test_a_machine_that_ends_before_it_is_recorded_does_not_stay_active(tmp_path: Path) -> None:
    driver = Ending()
    driver.after_start = True
    with Cloud(tmp_path, drivers={"host-1": driver}) as cloud:
        instance = cloud.boot()

        eventually(lambda: _is_stopped(cloud, instance.id), "its end is recorded")


def test_a_machine_that_ends_while_a_new_daemon_looks_does_not_stay_active(tmp_path: Path) -> None:
    driver = Ending()
    with Cloud(tmp_path, drivers={"host-1": driver}) as cloud:
        instance = cloud.boot()
        assert cloud.settled(instance.id).vm_state is VmState.ACTIVE
    driver.after_look = True

    with Cloud(tmp_path, drivers={"host-1": driver}) as cloud:
        eventually(lambda: _is_stopped(cloud, instance.id), "its end is recorded")


def test_a_machine_that_ended_while_no_daemon_was_there_does_not_stay_active(
    tmp_path: Path,
) -> None:
    driver = Ending()
    with Cloud(tmp_path, drivers={"host-1": driver}) as cloud:
        instance = cloud.boot()
        assert cloud.settled(instance.id).vm_state is VmState.ACTIVE
    driver.crash(instance.id)

    with Cloud(tmp_path, drivers={"host-1": driver}) as cloud:
        eventually(lambda: _is_stopped(cloud, instance.id), "its end is recorded")
