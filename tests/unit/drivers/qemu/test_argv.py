from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.machines import a_machine, a_port, a_volume
from vmctld.domain.machine import Machine, MachineVolume, RootDisk
from vmctld.drivers.qemu.argv import Descriptors, argv_for, boot_order
from vmctld.drivers.qemu.blocks import volume_node

QEMU = Path("/usr/bin/qemu-system-x86_64")
INSTANCE_ID = "8f5a5b0e-6f2d-4a53-9c0f-0c7a2f1f0001"
PORT_ID = "1c2d3e4f-0000-4000-8000-000000000001"
GOLDEN = Path(__file__).with_name("golden")


def a_full_machine() -> Machine:
    volume = MachineVolume(
        attachment_id="aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        volume_id="99999999-8888-4777-8666-555555555555",
        path=Path("/somewhere/volume"),
        disk_format="raw",
        read_only=False,
        boot_index=None,
    )
    second = a_port("172.16.0.9", "172.16.0.0/16", None, "1c2d3e4f-0000-4000-8000-000000000002")
    return replace(
        a_machine(
            RootDisk(Path("/somewhere/base"), "qcow2", 1),
            instance_id=INSTANCE_ID,
            ram_mib=128,
            volumes=(volume,),
            ports=(a_port(port_id=PORT_ID), second),
        ),
        vcpus=2,
    )


FULL_FDS = Descriptors(
    monitor=5, serial=6, console_log=7, base=8, root=9, volumes=(10,), config_drive=11
)
DISKLESS_FDS = Descriptors(
    monitor=5, serial=6, console_log=7, base=None, root=None, volumes=(10,), config_drive=None
)


def a_machine_from_a_volume() -> Machine:
    volume = replace(a_full_machine().volumes[0], boot_index=0, disk_format="qcow2")
    return a_machine(instance_id=INSTANCE_ID, ram_mib=64, volumes=(volume,))


def values_of(option: str, argv: list[str]) -> list[dict[str, object]]:
    """Return the JSON values of an option, in order."""
    return [json.loads(argv[i + 1]) for i, word in enumerate(argv) if word == option]


@pytest.mark.parametrize(
    ("name", "machine", "fds", "accelerator", "ssh_port"),
    [
        ("full", a_full_machine(), FULL_FDS, "tcg", 40022),
        ("from-a-volume", a_machine_from_a_volume(), DISKLESS_FDS, "kvm", None),
    ],
)
def test_the_command_line_is_the_golden_one(
    name: str, machine: Machine, fds: Descriptors, accelerator: str, ssh_port: int | None
) -> None:
    """One word a line; a change of it is a change of every guest's hardware."""
    argv = argv_for(QEMU, machine, fds, accelerator, ssh_port)

    assert argv == (GOLDEN / f"{name}.argv").read_text().splitlines()


def test_no_path_of_the_host_is_on_the_command_line() -> None:
    argv = argv_for(QEMU, a_full_machine(), FULL_FDS, "tcg", 40022)

    assert not [word for word in argv if "somewhere" in word]


def test_every_descriptor_is_handed_over() -> None:
    assert sorted(FULL_FDS.all()) == list(range(5, 12))
    assert sorted(DISKLESS_FDS.all()) == [5, 6, 7, 10]


def test_only_the_first_port_is_led_to_by_ssh() -> None:
    argv = argv_for(QEMU, a_full_machine(), FULL_FDS, "tcg", 40022)

    first, second = values_of("-netdev", argv)
    assert first["hostfwd"] == [{"str": "tcp:127.0.0.1:40022-10.20.0.57:22"}]
    assert "hostfwd" not in second


def test_a_header_never_says_what_lies_under_a_disk() -> None:
    argv = argv_for(QEMU, a_machine_from_a_volume(), DISKLESS_FDS, "tcg", None)

    (volume,) = values_of("-blockdev", argv)
    assert volume["driver"] == "qcow2"
    assert volume["backing"] is None


def test_the_root_disk_boots_before_bootable_volumes_in_their_order() -> None:
    late, early, data = (
        a_volume(Path("v"), boot_index=5),
        a_volume(Path("v"), boot_index=0),
        a_volume(Path("v")),
    )
    machine = a_machine(RootDisk(Path("base"), "raw", 1), volumes=(late, early, data))

    assert boot_order(machine) == {
        "root": 0,
        volume_node(early.attachment_id): 1,
        volume_node(late.attachment_id): 2,
    }


def test_a_read_only_volume_is_read_only_at_every_layer() -> None:
    machine = a_machine(volumes=(a_volume(Path("v"), read_only=True),))

    (volume,) = values_of("-blockdev", argv_for(QEMU, machine, DISKLESS_FDS, "tcg", None))

    assert volume["read-only"] is True
    assert volume["file"] == {
        "driver": "file",
        "filename": "/dev/fdset/10",
        "read-only": True,
    }
