"""Generated files that are committed are what their generators make of today's sources."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*.py*") if path.suffix in {".py", ".pyi"})
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def test_the_stubs_are_fresh(tmp_path: Path):
    subprocess.run([CHECKOUT / "scripts/proto", tmp_path], check=True, timeout=120)

    made, committed = contents(tmp_path / "vmctl"), contents(CHECKOUT / "proto/gen/vmctl")

    assert sorted(made) == sorted(committed), "run: make proto"
    assert [name for name in made if made[name] != committed[name]] == [], "run: make proto"


@pytest.mark.parametrize(
    ("shell", "file"), [("bash", "vmctl.bash"), ("zsh", "_vmctl"), ("fish", "vmctl.fish")]
)
def test_the_completions_are_fresh(shell: str, file: str):
    vmctl = Path(sys.executable).with_name("vmctl")

    made = subprocess.run([vmctl, "completion", shell], check=True, capture_output=True, timeout=60)

    assert made.stdout == (CHECKOUT / "completions" / file).read_bytes(), "run: make completions"
