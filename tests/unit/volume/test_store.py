"""Volumes as files: whole or not there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from vmctld.domain.image import DiskFormat
from vmctld.errors import Corrupted, Exhausted, Internal, NotSupported
from vmctld.volume.qemu_img import QemuImg
from vmctld.volume.store import VolumeStore


@pytest.fixture
def store(tmp_path: Path) -> VolumeStore:
    return VolumeStore(tmp_path / "volumes", QemuImg())


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def a_tool(tmp_path: Path, script: str) -> QemuImg:
    path = tmp_path / "tool"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return QemuImg(str(path), limit_s=20)


def test_a_file_that_is_there_already_is_replaced_only_when_the_new_one_is_whole(
    tmp_path: Path,
) -> None:
    VolumeStore(tmp_path / "v", QemuImg()).create_blank("a", 1)
    before = (tmp_path / "v" / "a").read_bytes()

    with pytest.raises(Internal):
        VolumeStore(tmp_path / "v", a_tool(tmp_path, "exit 1")).create_blank("a", 2)

    assert (tmp_path / "v" / "a").read_bytes() == before
    assert names_in(tmp_path / "v") == ["a"]


def test_a_raw_image_fills_a_volume(store: VolumeStore, tmp_path: Path) -> None:
    source = tmp_path / "image.raw"
    source.write_bytes(b"QFI\xfb looks like qcow2".ljust(1024**2, b"\0"))

    store.create_from("a", 1, source, DiskFormat.RAW)

    back = tmp_path / "back.raw"
    command = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw"]
    subprocess.run([*command, str(store.path_of("a")), str(back)], check=True)
    with back.open("rb") as file:
        assert file.read(1024**2) == source.read_bytes()


def test_an_image_never_brings_another_file_along(store: VolumeStore, tmp_path: Path) -> None:
    secret, image = tmp_path / "secret", tmp_path / "image.qcow2"
    secret.write_bytes(b"secret".ljust(1024**2, b"!"))
    make = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(secret), str(image)]
    subprocess.run(make, check=True)

    store.create_from("a", 1, image, DiskFormat.QCOW2)

    assert b"secret" not in store.path_of("a").read_bytes()


def test_odd_characters_in_a_path_are_only_characters(tmp_path: Path) -> None:
    odd = tmp_path / 'state,dir="x" $(id)'
    odd.mkdir()
    source = odd / "image,file.raw"
    source.write_bytes(bytes(1024**2))

    store = VolumeStore(odd / "volumes", QemuImg())
    store.create_from("a", 1, source, DiskFormat.RAW)

    assert store.check("a", 1) == 1024**3


def test_a_disk_without_room_for_the_image_is_told_before_anything_is_made(
    store: VolumeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "image.raw"
    source.write_bytes(bytes(2048))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2047))

    with pytest.raises(Exhausted) as refusal:
        store.create_from("a", 1, source, DiskFormat.RAW)

    assert refusal.value.code == "disk-full"
    assert refusal.value.facts == {"needed_bytes": 2048, "free_bytes": 2047}
    assert names_in(tmp_path / "volumes") == []


def test_a_tool_that_failed_on_a_full_disk_is_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    store = VolumeStore(tmp_path / "v", a_tool(tmp_path, "exit 1"))

    with pytest.raises(Exhausted) as refusal:
        store.create_blank("a", 1)

    assert refusal.value.code == "disk-full"
    assert names_in(tmp_path / "v") == []


def test_an_image_that_cannot_be_read_is_the_images_fault(
    tmp_path: Path,
) -> None:
    source = tmp_path / "image.qcow2"
    source.write_bytes(b"no image at all")
    store = VolumeStore(tmp_path / "v", QemuImg())

    with pytest.raises(Corrupted) as refusal:
        store.create_from("a", 1, source, DiskFormat.QCOW2)

    assert refusal.value.code == "image-unreadable"
    assert names_in(tmp_path / "v") == []


def test_an_error_of_the_disk_is_not_taken_for_a_full_one(
    store: VolumeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("vmctld.volume.store.os.fsync", fail)

    with pytest.raises(OSError, match="Input/output"):
        store.create_blank("a", 1)


def test_a_missing_tool_is_named(tmp_path: Path) -> None:
    store = VolumeStore(tmp_path / "v", QemuImg("no-such-program"))

    with pytest.raises(NotSupported) as refusal:
        store.create_blank("a", 1)

    assert refusal.value.code == "qemu-img-missing"
    assert names_in(tmp_path / "v") == []
