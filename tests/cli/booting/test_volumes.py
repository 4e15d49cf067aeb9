"""``--block-device`` and ``--boot-volume``."""

from __future__ import annotations

import pytest

from vmctl_cli.booting.new_volumes import NewVolume
from vmctl_cli.booting.volumes import boot_snapshot, boot_volume, parse_block_device
from vmctl_cli.client.boots import VolumeWish
from vmctl_cli.errors import CliError

PLAIN = "id=v1,source=volume,dest=volume"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (PLAIN, VolumeWish("v1")),
        ("id=v1,source=volume", VolumeWish("v1")),
        (f"{PLAIN},bootindex=0", VolumeWish("v1", boot_index=0)),
        (f"{PLAIN},bootindex=-1", VolumeWish("v1")),
        (f"{PLAIN},bootindex=none,shutdown=preserve,type=disk", VolumeWish("v1")),
        (f"{PLAIN},shutdown=remove", VolumeWish("v1", delete_on_termination=True)),
    ],
)
def test_a_volume_is_attached_as_asked(argument: str, expected: VolumeWish) -> None:
    assert parse_block_device(argument) == expected


def test_a_boot_volume_is_booted_from_and_stays() -> None:
    assert boot_volume("v1") == VolumeWish("v1", boot_index=0, delete_on_termination=False)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("id=s1,source=snapshot", NewVolume("snapshot", "s1")),
        ("id=s1,source=snapshot,size=3,bootindex=0", NewVolume("snapshot", "s1", 3, boot_index=0)),
        (
            "id=tiny,source=image,dest=volume,size=1,bootindex=0,shutdown=remove",
            NewVolume("image", "tiny", 1, boot_index=0, delete_on_termination=True),
        ),
        (
            "source=blank,dest=volume,size=2,volume_type=fast",
            NewVolume("blank", size_gib=2, volume_type="fast"),
        ),
    ],
)
def test_a_volume_is_made_of_what_is_named(argument: str, expected: NewVolume) -> None:
    assert parse_block_device(argument) == expected


def test_a_snapshot_is_booted_from_as_a_volume_that_stays() -> None:
    assert boot_snapshot("s1") == NewVolume("snapshot", "s1", boot_index=0)


@pytest.mark.parametrize(
    ("argument", "exit_code", "named"),
    [
        ("id=v1,colour=red", 2, "colour"),
        ("source=volume", 2, "id=VOLUME"),
        (f"{PLAIN},bootindex=first", 2, "bootindex=first"),
        (f"{PLAIN},shutdown=maybe", 2, "shutdown=maybe"),
        ("volume", 2, "key=value"),
        ("size=1", 7, "dest=local"),
        ("id=i1,source=image", 7, "dest=local"),
        ("id=i1,source=image,dest=volume", 2, "size=GIB"),
        ("source=image,dest=volume,size=1", 2, "id=IMAGE"),
        ("source=blank,dest=volume,size=0", 2, "size=GIB"),
        ("id=n1,source=nothing,dest=volume", 2, "source=nothing"),
        (f"{PLAIN},size=1", 2, "size"),
        ("id=v1,source=volume,dest=local", 7, "dest=local"),
        (f"{PLAIN},type=cdrom", 7, "type=cdrom"),
        (f"{PLAIN},bus=scsi", 7, "bus"),
        (f"{PLAIN},tag=data", 7, "tag"),
    ],
)
def test_what_is_wrong_or_not_served_is_refused_by_its_name(
    argument: str, exit_code: int, named: str
) -> None:
    with pytest.raises(CliError) as refused:
        parse_block_device(argument)

    assert refused.value.exit_code == exit_code
    assert named in refused.value.message
