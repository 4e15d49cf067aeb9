"""How large the disk in a qcow2 file is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vmctld.errors import Corrupted
from vmctld.volume.qcow2_size import virtual_size_bytes


@pytest.mark.parametrize("compat", ["0.10", "1.1"])
def test_it_is_what_the_file_was_made_with(tmp_path: Path, compat: str) -> None:
    path = tmp_path / "disk"
    make = ["qemu-img", "create", "-q", "-f", "qcow2", "-o", f"compat={compat}", str(path), "7M"]
    subprocess.run(make, check=True)

    assert virtual_size_bytes(path) == 7 * 1024**2


@pytest.mark.parametrize("content", [None, b"", b"QFI\xfb", b"x" * 100], ids=repr)
def test_what_is_no_qcow2_file_is_damaged(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "disk"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Corrupted) as refusal:
        virtual_size_bytes(path)

    assert refusal.value.code == "volume-damaged"
