from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.machines import a_machine, a_port
from vmctld.domain.machine import PowerState
from vmctld.drivers.qemu.launch import Launcher, PortTaken, end_at_once
from vmctld.drivers.qemu.paths import MachineDirectory
from vmctld.drivers.qemu.process import QemuProcess
from vmctld.drivers.qemu.qmp import Monitor
from vmctld.drivers.qemu.record import MachineRecord, intent
from vmctld.drivers.qemu.status import power_of
from vmctld.drivers.qemu.tools import find_tools
from vmctld.drivers.qemu.users import DEFAULT_UIDS, GuestUsers
from vmctld.errors import HypervisorFailed

USERS = GuestUsers(DEFAULT_UIDS, needs_kvm=False)


def a_record() -> MachineRecord:
    machine = a_machine(ports=(a_port(),))
    return intent(machine, guest_uid=USERS.pick(()), accelerator="tcg")


@pytest.fixture
def launched() -> Iterator[list[QemuProcess]]:
    processes: list[QemuProcess] = []
    yield processes
    for process in processes:
        end_at_once(process)


def test_a_launched_machine_answers_on_its_monitor(
    tmp_path: Path, launched: list[QemuProcess]
) -> None:
    directory = MachineDirectory(tmp_path)

    launched.append(Launcher(find_tools().qemu, USERS).launch(directory, a_record()))

    assert launched[0].is_alive
    with Monitor(directory.monitor, timeout_s=30) as monitor:
        assert power_of(monitor.execute("query-status")) is PowerState.RUNNING


def test_a_program_that_ends_at_once_is_a_failure_with_its_exit_code(tmp_path: Path) -> None:
    false = Path(shutil.which("false") or "false")

    with pytest.raises(HypervisorFailed) as failure:
        Launcher(false, USERS).launch(MachineDirectory(tmp_path), a_record())

    assert failure.value.code == "hypervisor-failed"
    assert failure.value.facts["exit_code"] == 1


def test_a_port_that_is_taken_is_told_apart(tmp_path: Path) -> None:
    launcher = Launcher(find_tools().qemu, USERS)

    with socket.create_server(("127.0.0.1", 0)) as somebody:
        record = replace(a_record(), ssh_port=somebody.getsockname()[1])
        with pytest.raises(PortTaken):
            launcher.launch(MachineDirectory(tmp_path), record)


def test_a_program_that_is_gone_is_an_os_error(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path / "gone", USERS)
    record = replace(a_record(), guest_uid=None)  # else it is setpriv that does not find it

    with pytest.raises(FileNotFoundError):
        launcher.launch(MachineDirectory(tmp_path), record)
