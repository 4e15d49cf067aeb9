"""What every command prints in every format, byte for byte.

``scripts/golden`` writes the files anew; what then differs is what users will see differ.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.canned import canned_answers
from tests.cli.conftest import Result, Vmctl
from tests.cli.fake_cloud import PASSWORD, FakeCloud
from tests.cli.golden_cases import GOLDEN, WITHOUT, cases_of
from tests.cli.messages import all_steps, an_instance
from vmctl.v1 import compute_pb2
from vmctl_cli.output import FORMATS
from vmctl_cli.registry import MODULES

FOLDER = Path(__file__).parent / "golden"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNX/3chmQSVTG4 ada\n"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCloud]:
    """A daemon that answers everything, and the files that commands are given."""
    cloud = FakeCloud()
    cloud.tokens.append("vmt_0")
    cloud.answers = canned_answers()
    cloud.answers["WatchInstance"] = lambda request: [
        compute_pb2.WatchInstanceResponse(
            instance=an_instance(status="DELETED" if request.until_deleted else "ACTIVE"),
            steps=all_steps(),
        )
    ]
    for name, text in (("key.pub", KEY), ("disk", "disk")):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    yield cloud
    cloud.close()


def _section(arguments: tuple[str, ...], result: Result, secrets: dict[str, str]) -> str:
    """Return one call as a golden file has it; ``!`` marks what came on stderr."""
    said = "".join(f"! {line}\n" for line in result.err.splitlines())
    text = f"$ vmctl {' '.join(arguments)}\n{result.out}{said}"
    if result.code:
        text += f"exit {result.code}\n"
    for changing, fixed in secrets.items():
        text = text.replace(changing, fixed)
    return text + "\n"


@pytest.mark.parametrize("name", GOLDEN)
def test_a_command_prints_what_its_golden_file_says(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path, name: str
) -> None:
    changing = {cloud.endpoint: "unix:///run/vmctl/vmctld.sock", str(tmp_path): "/home/ada"}
    written = ""
    for case in cases_of(name):
        for shape in FORMATS:
            arguments = (name, *case) if shape == "table" else (name, *case, "-f", shape)
            result = vmctl(*arguments, stdin=PASSWORD)
            written += _section(arguments, result, changing)

    file = FOLDER / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(written)
    assert file.is_file(), "run: scripts/golden"
    assert written == file.read_text(), "run: scripts/golden, and look at what differs"


def test_every_golden_file_is_of_a_command_and_every_reason_too() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(GOLDEN)
    assert set(WITHOUT) <= set(MODULES)
