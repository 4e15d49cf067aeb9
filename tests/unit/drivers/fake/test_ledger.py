from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.support.machines import an_id
from vmctld.domain.machine import PowerState
from vmctld.drivers.fake.ledger import FakeMachine, Ledger


def a_fake_machine() -> FakeMachine:
    return FakeMachine(an_id(), 2, PowerState.RUNNING, datetime.now(UTC))


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def test_a_machine_is_one_file_whose_name_says_all(tmp_path: Path) -> None:
    machine = a_fake_machine()

    Ledger(tmp_path).replace(None, machine)

    assert names(tmp_path) == [f"{machine.instance_id}.2.RUNNING"]


def test_a_change_renames_the_file(tmp_path: Path) -> None:
    ledger, machine = Ledger(tmp_path), a_fake_machine()
    ledger.replace(None, machine)

    ledger.replace(machine, replace(machine, power=PowerState.PAUSED))

    assert names(tmp_path) == [f"{machine.instance_id}.2.PAUSED"]


def test_the_next_ledger_reads_what_the_last_one_wrote(tmp_path: Path) -> None:
    machine = a_fake_machine()
    Ledger(tmp_path).replace(None, machine)

    (loaded,) = Ledger(tmp_path).load().values()

    assert replace(loaded, started_at=machine.started_at) == machine
    assert abs((loaded.started_at - machine.started_at).total_seconds()) < 60


def test_a_machine_that_is_gone_has_no_file(tmp_path: Path) -> None:
    ledger, machine = Ledger(tmp_path), a_fake_machine()
    ledger.replace(None, machine)

    ledger.replace(machine, None)
    ledger.replace(machine, None)

    assert names(tmp_path) == []


def test_a_host_without_machines_has_no_directory(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "host-1").load() == {}
    assert names(tmp_path) == []


def test_the_first_machine_makes_the_directory(tmp_path: Path) -> None:
    Ledger(tmp_path / "fake" / "host-1").replace(None, a_fake_machine())

    assert len(names(tmp_path / "fake" / "host-1")) == 1


def test_without_a_directory_nothing_is_kept() -> None:
    ledger = Ledger(None)

    ledger.replace(None, a_fake_machine())

    assert ledger.load() == {}
