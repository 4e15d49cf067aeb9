"""The completion scripts: right for their shells, and complete."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from vmctl_cli.completion import all_words, script_for
from vmctl_cli.registry import MODULES

BASH = """
source completions/vmctl.bash
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_vmctl
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def _completed(*words: str) -> list[str]:
    """Return what bash offers for the last of ``words``."""
    quoted = " ".join(f"'{word}'" for word in words)
    done = subprocess.run(
        ["bash", "-c", BASH.format(words=quoted)], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_every_command_is_in_every_script() -> None:
    for shell in ("bash", "zsh", "fish"):
        script = script_for(shell)
        assert all(name in script for name in MODULES), shell


def test_novas_word_list_has_commands_and_options() -> None:
    words = all_words()

    assert set(MODULES) < set(words)
    assert {"--flavor", "--poll", "-f"} < set(words)
    assert words == sorted(words)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("vmctl", "boo"), ["boot"]),
        (("vmctl", "-f", "json", "flavor-"), None),
        (("vmctl", "-f", "j"), ["json"]),
        (("vmctl", "boot", "--fl"), ["--flavor"]),
        (("vmctl", "boot", "--flavor", "x", "--pol"), ["--poll"]),
        (("vmctl", "completion", "f"), ["fish"]),
        (("vmctl", "help", "trac"), ["trace"]),
        (("vmctl", "image-upload", "--file", "pypro"), ["pyproject.toml"]),
    ],
)
def test_bash_offers_what_fits(words: tuple[str, ...], offered: list[str] | None) -> None:
    found = _completed(*words)

    if offered is None:
        assert found == [name for name in MODULES if name.startswith(words[-1])]
    else:
        assert found == offered


@pytest.mark.parametrize(
    ("shell", "file"),
    [("bash", "vmctl.bash"), ("zsh", "_vmctl"), ("fish", "vmctl.fish")],
)
def test_the_shell_understands_its_script(shell: str, file: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")

    subprocess.run([program, "-n", str(Path("completions") / file)], check=True)
