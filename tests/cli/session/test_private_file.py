"""Files that only their owner may read."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from vmctl_cli.errors import CliError
from vmctl_cli.session import private_file


def test_what_is_written_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "made/here/file"

    private_file.write(path, {"a": "1"})

    assert private_file.read(path) == {"a": "1"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["file"]


def test_an_absent_file_is_empty(tmp_path: Path) -> None:
    assert private_file.read(tmp_path / "absent") == {}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    private_file.write(path, {})
    path.chmod(mode)

    with pytest.raises(CliError) as refused:
        private_file.read(path)

    assert refused.value.code == "unsafe-token-file"


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file, no directory")

    with pytest.raises(CliError, match="cannot write"):
        private_file.write(tmp_path / "blocked/file", {})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()

    with pytest.raises(CliError, match="cannot read"):
        private_file.read(tmp_path / "directory")
