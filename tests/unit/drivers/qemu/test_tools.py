from __future__ import annotations

from pathlib import Path

import pytest

from vmctld.drivers.qemu.tools import PACKAGES, find_tools
from vmctld.errors import Unavailable


def a_program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_programs_are_found_behind_their_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    for name in PACKAGES:
        (tmp_path / "bin" / name).symlink_to(a_program(tmp_path / name))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    tools = find_tools()

    assert tools.qemu == tmp_path / "qemu-system-x86_64"
    assert tools.qemu_img == tmp_path / "qemu-img"
    assert tools.genisoimage == tmp_path / "genisoimage"


def test_only_what_is_missing_is_to_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_program(tmp_path / "qemu-system-x86_64")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Unavailable) as refusal:
        find_tools()

    assert refusal.value.code == "qemu-missing"
    assert refusal.value.facts == {"missing": ["qemu-img", "genisoimage"]}
    assert refusal.value.hint.endswith("qemu-utils genisoimage")
