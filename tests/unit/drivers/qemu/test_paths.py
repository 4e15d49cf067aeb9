from __future__ import annotations

from pathlib import Path

from vmctld.drivers.qemu.paths import MachineDirectory


def test_all_of_a_machine_lies_in_its_directory() -> None:
    directory = MachineDirectory(Path("/state/machines/i"))

    places = [
        directory.record,
        directory.disk,
        directory.config_drive,
        directory.console_log,
        directory.qemu_log,
        directory.monitor,
        directory.serial,
    ]
    assert {place.parent for place in places} == {directory.path}
    assert len(set(places)) == len(places)
