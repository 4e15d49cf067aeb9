"""QEMUs that got away from their driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.support.living import HOST, INSTANCE
from tests.support.planted import Site
from tests.support.planted.files import stray_qemu
from vmctld.domain.machine import MachineStatus, PowerState
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.errors import HypervisorFailed
from vmctld.operations.audit.checks.processes import stray_processes
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation

Look = Callable[..., list[Suspect]]
GONE_TIMEOUT_S = 20


class LikeQemu(FakeDriver):
    """A driver of that name, with the machines that the test wants; None: it cannot tell."""

    name = "qemu"

    def __init__(self, machines: Sequence[MachineStatus] | None) -> None:
        super().__init__()
        self._said = machines

    def machines(self) -> Sequence[MachineStatus]:
        if self._said is None:
            raise HypervisorFailed("no answer")
        return self._said


def a_machine(pid: int) -> MachineStatus:
    return MachineStatus(INSTANCE, 1, PowerState.RUNNING, pid, None, None, "tcg")


@pytest.fixture
def with_machines(
    installation: Installation,
) -> Callable[[Sequence[MachineStatus] | None], Installation]:
    """Return the installation on a host that says what its machines are."""
    return lambda machines: replace(installation, drivers={HOST: LikeQemu(machines)})


def test_a_qemu_of_no_instance_is_killed_and_nothing_else(
    site: Site, look: Look, mend: Callable[[Suspect], None], with_machines: Any
) -> None:
    with stray_qemu(site) as (planted, qemu):
        (suspect,) = look(stray_processes, with_machines(()))
        mend(suspect)

        assert suspect.subject == f"pid {planted.subject}"
        assert qemu.wait(GONE_TIMEOUT_S) != 0


def test_a_second_qemu_on_one_disk_is_told_from_the_machines_own(
    site: Site, look: Look, with_machines: Any
) -> None:
    with stray_qemu(site, INSTANCE) as (_, own), stray_qemu(site, INSTANCE) as (_, second):
        (suspect,) = look(stray_processes, with_machines((a_machine(own.pid),)))

    assert suspect.subject == f"pid {second.pid}"
    assert suspect.detail == f"a QEMU on the files of {INSTANCE}, the machine's is {own.pid}"


def test_a_qemu_that_is_just_being_started_is_left_alone(
    site: Site, look: Look, with_machines: Any, change_instance: Any
) -> None:
    change_instance(vm_state="building")

    with stray_qemu(site, INSTANCE):
        assert look(stray_processes, with_machines(())) == []


def test_nothing_is_called_stray_while_the_driver_cannot_tell(
    site: Site, look: Look, with_machines: Any
) -> None:
    with stray_qemu(site, INSTANCE):
        assert look(stray_processes, with_machines(None)) == []


def test_a_qemu_of_somebody_else_is_none_of_ours(
    installation: Installation, site: Site, look: Look, with_machines: Any
) -> None:
    (installation.state_dir / "other").mkdir()
    elsewhere = replace(site, state_dir=installation.state_dir / "other")

    with stray_qemu(elsewhere, INSTANCE):
        assert look(stray_processes, with_machines(())) == []
