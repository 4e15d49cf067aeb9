"""The list of commands against the commands themselves."""

from __future__ import annotations

import pkgutil

import click
import pytest

from vmctl_cli import commands
from vmctl_cli.lazy import root_command
from vmctl_cli.old_names import NEWER_NAMES
from vmctl_cli.registry import MODULES, THEMES

PURPOSES = {
    name: purpose
    for _theme, modules in THEMES
    for purposes in modules.values()
    for name, purpose in purposes.items()
}


@pytest.mark.parametrize("name", MODULES)
def test_the_purpose_of_a_command_is_the_first_line_of_its_help(name: str) -> None:
    root = root_command()

    found = root.get_command(click.Context(root), name)

    assert found is not None
    assert found.help is not None
    assert found.help.splitlines()[0] == PURPOSES[name]


def test_every_command_is_listed() -> None:
    found = set()
    for module in pkgutil.iter_modules(commands.__path__, "vmctl_cli.commands."):
        loaded = __import__(module.name, fromlist=["x"])
        found |= {one.name for one in vars(loaded).values() if isinstance(one, click.Command)}

    assert found == set(MODULES)


def test_old_names_lead_to_commands_that_exist() -> None:
    assert set(NEWER_NAMES.values()) <= set(MODULES)
    assert not set(NEWER_NAMES) & set(MODULES)
