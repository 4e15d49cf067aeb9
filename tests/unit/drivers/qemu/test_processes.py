from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machines import a_machine
from tests.support.waiting import eventually
from vmctld.drivers.qemu import procfs
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.process import QemuProcess, spawn
from vmctld.drivers.qemu.processes import Processes
from vmctld.drivers.qemu.record import intent

PYTHON = Path(sys.executable).resolve()


@pytest.fixture
def started() -> Iterator[list[QemuProcess]]:
    processes: list[QemuProcess] = []
    yield processes
    for process in processes:
        process.kill()
        assert process.wait(10)


@pytest.fixture
def ended() -> list[str]:
    return []


@pytest.fixture
def processes(ended: list[str]) -> Iterator[Processes]:
    """The processes of a host whose QEMU is a Python."""
    processes = Processes(
        PYTHON,
        [os.geteuid()],
        on_end=lambda instance_id, process: ended.append(instance_id),
        on_tick=lambda: None,
    )
    yield processes
    processes.close()


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return Inventory(tmp_path)


def start(instance_id: str, started: list[QemuProcess]) -> QemuProcess:
    """Start a program that passes for the machine's QEMU, and wait until it can be seen so."""
    words = [str(PYTHON), "-I", "-S", "-c", "import time; time.sleep(3600)", "-uuid", instance_id]
    with Path(os.devnull).open("wb") as nowhere:
        process = spawn(words, (), nowhere.fileno(), run_as=None)
    started.append(process)
    assert eventually(lambda: instance_id in procfs.read_arguments(process.pid))
    return process


def a_recorded_machine(inventory: Inventory) -> str:
    record = intent(a_machine(), guest_uid=None, accelerator="tcg")
    inventory.save(record)
    return record.instance_id


def test_what_runs_for_a_recorded_machine_is_adopted(
    processes: Processes, inventory: Inventory, started: list[QemuProcess]
) -> None:
    instance_id = a_recorded_machine(inventory)
    process = start(instance_id, started)

    processes.adopt(inventory)

    adopted = processes.get(instance_id)
    assert adopted is not None
    assert adopted.pid == process.pid


def test_what_runs_for_another_daemon_is_left_alone(
    processes: Processes, inventory: Inventory, started: list[QemuProcess]
) -> None:
    stranger = a_machine().instance_id
    process = start(stranger, started)

    processes.adopt(inventory)

    assert processes.get(stranger) is None
    assert process.is_alive


def test_of_two_for_one_machine_one_is_ended(
    processes: Processes, inventory: Inventory, started: list[QemuProcess]
) -> None:
    instance_id = a_recorded_machine(inventory)
    start(instance_id, started)
    start(instance_id, started)

    processes.adopt(inventory)

    assert eventually(lambda: [process.is_alive for process in started].count(True) == 1)


def test_the_end_of_a_machine_is_called_out(
    processes: Processes, ended: list[str], started: list[QemuProcess]
) -> None:
    process = start("i", started)
    processes.add("i", process)

    process.kill()

    assert eventually(lambda: ended == ["i"])
    assert processes.get("i") is None


def test_an_expected_end_is_not(
    processes: Processes, ended: list[str], started: list[QemuProcess]
) -> None:
    expected, other = start("expected", started), start("other", started)
    processes.add("expected", expected)
    processes.add("other", other)

    processes.expect_end(expected)
    expected.kill()
    assert expected.wait(10)
    other.kill()

    assert eventually(lambda: ended)
    assert ended == ["other"]


def test_a_process_is_dropped_once_and_only_while_it_is_the_machines(
    processes: Processes, started: list[QemuProcess]
) -> None:
    old, new = start("i", started), start("i", started)
    processes.add("i", old)
    processes.add("i", new)

    assert not processes.drop("i", old)
    assert processes.drop("i", new)
    assert not processes.drop("i", new)


def test_all_that_runs_for_a_machine_is_found_without_a_record(
    processes: Processes, started: list[QemuProcess]
) -> None:
    instance_id = a_machine().instance_id
    process = start(instance_id, started)

    taken = processes.take_all(instance_id)

    assert [p.pid for p in taken] == [process.pid]
    assert processes.take_all(a_machine().instance_id) == []


def test_a_machine_without_a_process_is_idle(processes: Processes) -> None:
    assert processes.is_idle("i")


def test_a_machine_that_has_just_started_is_not(
    processes: Processes, started: list[QemuProcess]
) -> None:
    processes.add("i", start("i", started))

    assert not processes.is_idle("i")
