"""What machines left on the disk of their host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.support.living import HOST, INSTANCE, OTHER_HOST
from tests.support.planted import Site
from tests.support.planted.files import machine_directory
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.operations.audit.checks.machine_files import (
    files_of_fake_machines,
    machine_directories,
)
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation

Look = Callable[..., list[Suspect]]


class LikeQemu(FakeDriver):
    """A driver with that name, which remembers what it was told to destroy."""

    name = "qemu"

    def __init__(self) -> None:
        super().__init__()
        self.destroyed: list[str] = []

    def destroy(self, instance_id: str, attempt: int | None = None) -> None:
        self.destroyed.append(instance_id)


def test_the_directory_of_no_instance_goes_by_the_driver_and_others_stay(
    installation: Installation, site: Site, look: Look, mend: Callable[[Suspect], None]
) -> None:
    driver = LikeQemu()
    real = replace(installation, drivers={HOST: driver})
    planted = machine_directory(site)
    site.file(f"qemu/machines/{INSTANCE}/disk.qcow2")

    (suspect,) = look(machine_directories, real)
    mend(suspect)

    assert suspect.subject == planted.subject
    assert driver.destroyed == [planted.subject.rpartition("/")[2]]


def test_a_host_that_runs_no_real_machines_has_no_directories(site: Site, look: Look) -> None:
    machine_directory(site)

    assert look(machine_directories) == []


def test_a_host_that_never_ran_a_machine_has_no_directory(
    installation: Installation, look: Look
) -> None:
    assert look(machine_directories, replace(installation, drivers={HOST: LikeQemu()})) == []


def test_the_file_of_a_machine_on_another_host_than_its_instances_is_found(
    site: Site, look: Look
) -> None:
    name = f"fake/{OTHER_HOST}/{INSTANCE}.1.RUNNING"
    site.file(name)

    assert [suspect.subject for suspect in look(files_of_fake_machines)] == [name]


def test_the_file_of_a_build_that_has_just_failed_is_given_time_to_go(
    installation: Installation, look: Look, change_instance: Any
) -> None:
    change_instance(vm_state="error", host=None, updated_at=installation.clock())

    assert look(files_of_fake_machines) == []
