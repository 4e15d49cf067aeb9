"""``help``, ``completion``, ``bash-completion``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from vmctl_cli.completion import script_for


def test_help_on_a_command_is_its_own_help(vmctl: Vmctl) -> None:
    assert vmctl("help", "boot").out == vmctl("boot", "--help").out


def test_help_has_a_short_name(vmctl: Vmctl) -> None:
    assert vmctl("boot", "-h").out == vmctl("boot", "--help").out
    assert vmctl("-h").out == vmctl("--help").out


def test_help_alone_is_that_of_vmctl(vmctl: Vmctl) -> None:
    assert vmctl("help").out == vmctl("--help").out


def test_help_on_what_does_not_exist_is_2(vmctl: Vmctl) -> None:
    assert vmctl("help", "bot").code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_shells_script(vmctl: Vmctl, shell: str) -> None:
    assert vmctl("completion", shell).out == script_for(shell)


def test_another_shell_is_refused_with_those_there_are(vmctl: Vmctl) -> None:
    result = vmctl("completion", "csh")

    assert result.code == 2
    assert "'bash', 'zsh', 'fish'" in result.err


def test_nova_words_are_printed_on_one_line(vmctl: Vmctl) -> None:
    assert "boot" in vmctl("bash-completion").out.split()
