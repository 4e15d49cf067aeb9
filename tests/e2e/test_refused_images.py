"""Images that are not what they should be: refused, and nothing of them is kept."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.cloud import Cloud, refusal

QCOW2 = ("qemu-img", "create", "-q", "-f", "qcow2")


def _empty(directory: Path, small: Path) -> Path:
    path = directory / "empty"
    path.touch()
    return path


def _cut_off(directory: Path, small: Path) -> Path:
    path = directory / "cut-off"
    path.write_bytes(small.read_bytes()[: small.stat().st_size // 2])
    return path


def _with_backing_file(directory: Path, small: Path) -> Path:
    path = directory / "backing"
    subprocess.run([*QCOW2, "-b", small, "-F", "qcow2", path], check=True)
    return path


def _with_data_file(directory: Path, small: Path) -> Path:
    path = directory / "data"
    options = f"data_file={directory / 'data.raw'},data_file_raw=on"
    subprocess.run([*QCOW2, "-o", options, path, "16M"], check=True)
    return path


def _of_another_kind(directory: Path, small: Path) -> Path:
    path = directory / "vmdk"
    subprocess.run(["qemu-img", "create", "-q", "-f", "vmdk", path, "16M"], check=True)
    return path


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (_empty, "the image is empty"),
        (_cut_off, "the image is cut off"),
        (_with_backing_file, "the image has a backing file"),
        (_with_data_file, "the image keeps its data in another file"),
        (_of_another_kind, "vmdk"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_a_hostile_image_is_refused_and_nothing_is_kept(
    cloud: Cloud,
    small_image: Path,
    tmp_path: Path,
    make: Callable[[Path, Path], Path],
    problem: str,
) -> None:
    before = cloud.files()

    ran = cloud.run("image-upload", "--file", str(make(tmp_path, small_image)), "bad")

    refusal(ran, 2, problem)
    assert cloud.files() == before
    assert "bad" not in cloud.text("image-list")


@pytest.mark.parametrize("claimed", ["raw", "qcow2"])
def test_an_image_that_lies_about_its_format_is_refused(
    cloud: Cloud, small_image: Path, tmp_path: Path, claimed: str
) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(b"\1" * 4096)
    file = small_image if claimed == "raw" else raw

    ran = cloud.run("image-upload", "--file", str(file), "--disk-format", claimed, "liar")

    refusal(ran, 2, f"said to be {claimed}")
    assert "liar" not in cloud.text("image-list")


def test_an_image_that_is_not_there_is_refused(cloud: Cloud) -> None:
    refusal(cloud.run("image-upload", "--file", "/nonexistent", "bad"), 2, "/nonexistent")


def test_an_image_comes_back_as_it_went_in(cloud: Cloud, small_image: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"

    cloud.text("image-download", "--file", str(copy), "small")

    assert copy.read_bytes() == small_image.read_bytes()
