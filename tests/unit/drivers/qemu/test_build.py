from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from tests.support.machines import a_machine, a_port, a_root_disk
from vmctld.drivers.qemu.build import PORT_TRIES, Builder
from vmctld.drivers.qemu.inventory import Inventory
from vmctld.drivers.qemu.launch import Launcher, PortTaken
from vmctld.drivers.qemu.paths import MachineDirectory
from vmctld.drivers.qemu.process import QemuProcess, spawn
from vmctld.drivers.qemu.record import MachineRecord, Phase
from vmctld.drivers.qemu.tools import find_tools
from vmctld.drivers.qemu.users import GuestUsers
from vmctld.errors import HypervisorFailed


@dataclass
class FakeLauncher:
    """Starts a sleep for a QEMU, after as many failures as it is told to have."""

    failures: list[Exception] = field(default_factory=list)
    launched: list[MachineRecord] = field(default_factory=list)
    processes: list[QemuProcess] = field(default_factory=list)

    def launch(self, directory: MachineDirectory, record: MachineRecord) -> QemuProcess:
        self.launched.append(record)
        if self.failures:
            raise self.failures.pop(0)
        with (directory.path / "log").open("wb") as log:
            self.processes.append(spawn(["sleep", "3600"], (), log.fileno(), run_as=None))
        return self.processes[-1]


class SomeUsers:
    """Gives users from 2000 on."""

    def pick(self, taken: set[int]) -> int:
        return next(uid for uid in range(2000, 3000) if uid not in taken)


@pytest.fixture
def launcher() -> Iterator[FakeLauncher]:
    launcher = FakeLauncher()
    yield launcher
    for process in launcher.processes:
        process.kill()
        assert process.wait(10)


@pytest.fixture
def builder(tmp_path: Path, launcher: FakeLauncher) -> Builder:
    return Builder(
        find_tools(),
        "tcg",
        cast(GuestUsers, SomeUsers()),
        Inventory(tmp_path),
        cast(Launcher, launcher),
    )


def test_a_built_machine_is_recorded_as_its_process(
    builder: Builder, base_image: Path, launcher: FakeLauncher
) -> None:
    machine = a_machine(a_root_disk(base_image), ports=(a_port(),))

    process = builder.build(machine)

    record = builder.inventory.get(machine.instance_id)
    assert record is not None
    assert record.phase is Phase.RUNNING
    assert (record.pid, record.start_ticks) == (process.pid, process.start_ticks)
    assert record.ssh_port == launcher.launched[0].ssh_port
    assert record.started_at is not None


def test_the_intent_is_written_down_before_the_start(
    builder: Builder, launcher: FakeLauncher
) -> None:
    builder.build(a_machine(ports=(a_port(),)))

    (at_launch,) = launcher.launched
    assert at_launch.phase is Phase.BUILDING
    assert at_launch.ssh_port is not None
    assert at_launch.guest_uid == 2000


def test_no_two_machines_share_a_user(builder: Builder, launcher: FakeLauncher) -> None:
    builder.build(a_machine())
    builder.build(a_machine())

    assert [record.guest_uid for record in launcher.launched] == [2000, 2001]


def test_a_build_that_fails_leaves_nothing(
    builder: Builder, launcher: FakeLauncher, base_image: Path, tmp_path: Path
) -> None:
    launcher.failures = [HypervisorFailed("no")]

    with pytest.raises(HypervisorFailed):
        builder.build(a_machine(a_root_disk(base_image)))

    assert list((tmp_path / "machines").iterdir()) == []
    assert builder.inventory.records() == []


def test_a_port_that_is_lost_is_replaced(builder: Builder, launcher: FakeLauncher) -> None:
    launcher.failures = [PortTaken("lost"), PortTaken("lost")]
    machine = a_machine(ports=(a_port(),))

    builder.build(machine)

    record = builder.inventory.get(machine.instance_id)
    assert record is not None
    assert record.ssh_port == launcher.launched[-1].ssh_port
    assert len(launcher.launched) == 3


def test_ports_are_not_tried_for_ever(builder: Builder, launcher: FakeLauncher) -> None:
    launcher.failures = [PortTaken("lost") for _ in range(PORT_TRIES + 1)]

    with pytest.raises(PortTaken):
        builder.build(a_machine(ports=(a_port(),)))

    assert len(launcher.launched) == PORT_TRIES


def test_a_start_that_fails_leaves_the_record_as_it_was(
    builder: Builder, launcher: FakeLauncher
) -> None:
    machine = a_machine()
    builder.build(machine)
    running = builder.inventory.get(machine.instance_id)
    assert running is not None
    stopped = replace(running, phase=Phase.SHUTDOWN, pid=None)
    builder.inventory.save(stopped)
    launcher.failures = [HypervisorFailed("no")]

    with pytest.raises(HypervisorFailed):
        builder.start(stopped)

    assert builder.inventory.get(machine.instance_id) == stopped


def test_a_process_that_cannot_be_recorded_does_not_stay(
    builder: Builder, launcher: FakeLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Builder, record: MachineRecord, process: QemuProcess) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Builder, "record_running", full)

    with pytest.raises(Exception, match="disk is full"):
        builder.build(a_machine())

    assert not launcher.processes[0].is_alive
    assert builder.inventory.records() == []
