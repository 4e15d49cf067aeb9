"""Commands by name: imported when they run, named when they do not exist."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("lst", "list"), ("flavour-list", "flavor-list"), ("ps", "list")],
)
def test_an_unknown_command_names_a_near_one(vmctl: Vmctl, typed: str, meant: str) -> None:
    result = vmctl(typed)

    assert result.code == 2
    assert result.err.splitlines()[0] == f"ERROR (InvalidRequest): there is no command '{typed}'"
    assert f"vmctl {meant}" in result.err.splitlines()[1]


def test_a_command_like_no_other_points_to_help(vmctl: Vmctl) -> None:
    assert "hint: vmctl help lists all commands" in vmctl("xyzzy").err


def test_an_unknown_option_before_the_command_is_wrong_usage(vmctl: Vmctl) -> None:
    assert vmctl("--bogus", "list").code == 2
