from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from vmctld.domain.machine import ConfigDrive
from vmctld.drivers.qemu.configdrive import config_drive_recipe
from vmctld.drivers.qemu.making import Making
from vmctld.errors import InvalidRequest

GENISOIMAGE = Path(shutil.which("genisoimage") or "genisoimage")
DRIVE = ConfigDrive(
    (
        ("openstack/latest/meta_data.json", b'{"uuid": "u"}'),
        ("openstack/latest/user_data", bytes(range(256)) * 300),
        ("openstack/content/0000", b""),
    )
)


def make(drive: ConfigDrive, path: Path) -> None:
    with config_drive_recipe(GENISOIMAGE, drive, path) as recipe, Making(recipe):
        pass


def read(image: Path, name: str) -> bytes:
    """Return a file on the drive, as a Rock Ridge reader sees it."""
    return subprocess.run(
        ["isoinfo", "-R", "-i", image, "-x", f"/{name}"], check=True, capture_output=True
    ).stdout


def test_the_drive_is_labelled_and_holds_its_files(tmp_path: Path) -> None:
    make(DRIVE, tmp_path / "config.iso")

    image = (tmp_path / "config.iso").read_bytes()
    assert image[0x8001:0x8006] == b"CD001"
    assert image[0x8028:0x8048].rstrip() == b"config-2"
    for name, content in DRIVE.files:
        assert read(tmp_path / "config.iso", name) == content


def test_in_the_guest_the_files_are_roots_alone(tmp_path: Path) -> None:
    make(DRIVE, tmp_path / "config.iso")

    listing = subprocess.run(
        ["isoinfo", "-R", "-l", "-i", tmp_path / "config.iso"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    (meta_data,) = [line.split() for line in listing.splitlines() if "meta_data" in line]
    assert meta_data[0] == "-r--------"
    assert meta_data[2:4] == ["0", "0"]


def test_the_drive_and_only_the_drive_is_left(tmp_path: Path) -> None:
    make(DRIVE, tmp_path / "config.iso")

    assert [path.name for path in tmp_path.iterdir()] == ["config.iso"]
    assert (tmp_path / "config.iso").stat().st_mode & 0o777 == 0o600


def test_what_a_crash_left_does_not_get_onto_the_drive(tmp_path: Path) -> None:
    (tmp_path / "config.d").mkdir()
    (tmp_path / "config.d" / "stale").touch()

    make(DRIVE, tmp_path / "config.iso")

    assert b"STALE" not in (tmp_path / "config.iso").read_bytes().upper()


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../escape", "a/../../b", "a//b", "-o", "a b", "a\n", "ä", "x" * 65]
)
def test_a_name_of_somebody_elses_making_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest):
        make(ConfigDrive(((name, b""),)), tmp_path / "config.iso")

    assert list(tmp_path.iterdir()) == []


def test_a_drive_does_not_print_its_secrets() -> None:
    assert "user_data" not in repr(DRIVE)
