from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.machines import a_disk, a_root_disk
from vmctld.drivers.qemu.disks import overlay_recipe
from vmctld.drivers.qemu.making import Making
from vmctld.errors import HypervisorFailed

QEMU_IMG = Path(shutil.which("qemu-img") or "qemu-img")
GIB = 1024**3


@pytest.mark.parametrize("base_format", ["qcow2", "raw"])
@pytest.mark.parametrize(("size_gib", "bytes_"), [(0, 16 * 1024**2), (3, 3 * GIB)])
def test_an_overlay_is_as_large_as_asked_over_the_base_in_its_format(
    base_format: str, size_gib: int, bytes_: int, tmp_path: Path
) -> None:
    base = a_disk(tmp_path / "base", disk_format=base_format)
    root = a_root_disk(base, base_format, size_gib)

    with Making(overlay_recipe(QEMU_IMG, root, tmp_path / "disk")):
        pass

    told = subprocess.run(
        ["qemu-img", "info", "-f", "qcow2", "--output=json", tmp_path / "disk"],
        check=True,
        capture_output=True,
    ).stdout
    info = json.loads(told)
    assert info["virtual-size"] == bytes_
    assert info["backing-filename"] == str(base)
    assert info["backing-filename-format"] == base_format


def test_a_base_that_is_not_there_fails_and_leaves_no_disk(tmp_path: Path) -> None:
    root = a_root_disk(tmp_path / "gone")

    with pytest.raises(HypervisorFailed), Making(overlay_recipe(QEMU_IMG, root, tmp_path / "disk")):
        pass

    assert not (tmp_path / "disk").exists()
