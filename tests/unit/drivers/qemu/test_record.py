from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.machines import a_machine, a_port, a_root_disk, a_volume
from vmctld.domain.machine import ConfigDrive
from vmctld.drivers.qemu.record import MachineRecord, Phase, intent, load_record, save_record

SECRET = b"canary"


def a_full_record() -> MachineRecord:
    machine = a_machine(
        a_root_disk(Path("/images/base")),
        attempt=3,
        volumes=(a_volume(Path("/volumes/v"), boot_index=1),),
        ports=(replace(a_port(), dns_servers=("10.0.0.2", "10.0.0.3")),),
        config_drive=ConfigDrive((("user_data", SECRET),)),
    )
    return replace(
        intent(machine, guest_uid=1234, accelerator="tcg"),
        phase=Phase.RUNNING,
        ssh_port=40022,
        pid=17,
        start_ticks=99,
        started_at=datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC),
    )


def test_every_field_survives(tmp_path: Path) -> None:
    record = a_full_record()
    assert all(getattr(record, field.name) is not None for field in fields(record))

    save_record(tmp_path / "machine.json", record)

    assert load_record(tmp_path / "machine.json") == record


def test_an_intent_survives(tmp_path: Path) -> None:
    record = intent(a_machine(), guest_uid=None, accelerator="kvm")

    save_record(tmp_path / "machine.json", record)

    assert load_record(tmp_path / "machine.json") == record
    assert record.phase is Phase.BUILDING
    assert not record.has_config_drive


def test_the_guests_secrets_are_not_in_it(tmp_path: Path) -> None:
    record = a_full_record()

    save_record(tmp_path / "machine.json", record)

    assert SECRET not in (tmp_path / "machine.json").read_bytes()
    assert record.has_config_drive


def test_it_is_its_owners_alone_and_replaced_whole(tmp_path: Path) -> None:
    record = a_full_record()
    save_record(tmp_path / "machine.json", record)

    save_record(tmp_path / "machine.json", replace(record, phase=Phase.SHUTDOWN))

    assert [path.name for path in tmp_path.iterdir()] == ["machine.json"]
    assert (tmp_path / "machine.json").stat().st_mode & 0o777 == 0o600
    assert load_record(tmp_path / "machine.json").phase is Phase.SHUTDOWN


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 1}', '{"version": 2}'])
def test_what_is_no_record_is_a_value_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "machine.json").write_text(text)

    with pytest.raises(ValueError, match=r".*"):
        load_record(tmp_path / "machine.json")


def test_a_record_with_a_part_missing_is_a_value_error(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    save_record(path, a_full_record())
    whole = json.loads(path.read_text())

    for name in whole:
        path.write_text(json.dumps({key: value for key, value in whole.items() if key != name}))
        if name in ("ssh_port", "pid", "start_ticks"):
            continue  # these may be absent
        with pytest.raises(ValueError, match=r".*"):
            load_record(path)
