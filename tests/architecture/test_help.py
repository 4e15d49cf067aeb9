"""Every command explains itself: its purpose, its options, and an example that is right."""

from __future__ import annotations

import shlex

import click
import pytest

from vmctl_cli.command import VmctlCommand
from vmctl_cli.lazy import root_command
from vmctl_cli.options import HELP_NAMES
from vmctl_cli.registry import MODULES

ROOT = root_command()
# As main makes it: a command keeps the names of its help option from the first context it sees.
CONTEXT = click.Context(ROOT, info_name="vmctl", help_option_names=list(HELP_NAMES))


def _command(name: str) -> VmctlCommand:
    found = ROOT.get_command(CONTEXT, name)
    assert isinstance(found, VmctlCommand)
    return found


def _help(name: str) -> str:
    found = _command(name)
    return found.get_help(click.Context(found, parent=CONTEXT, info_name=name))


@pytest.mark.parametrize("name", MODULES)
def test_every_help_has_a_purpose_and_an_example(name: str) -> None:
    text = _help(name)

    assert text.startswith(f"Usage: vmctl {name} ")
    assert f"vmctl {name}" in text.split("Examples:")[1]


@pytest.mark.parametrize("name", MODULES)
def test_every_example_is_understood_by_its_command(name: str) -> None:
    """Only parsed, not run; what a shell would fill in is a word of its own."""
    for example in _command(name).examples:
        words = shlex.split(example.replace("$(", " ").replace("<(", " ").replace(")", " "))
        start = words.index(name, words.index("vmctl")) + 1
        ends = [words.index(end, start) for end in ("|", ">", "<") if end in words[start:]]
        arguments = words[start : min(ends, default=len(words))]

        _command(name).make_context(name, arguments, parent=CONTEXT, obj={})


@pytest.mark.parametrize("name", MODULES)
def test_every_option_that_is_shown_says_what_it_does(name: str) -> None:
    for param in _command(name).get_params(CONTEXT):
        if isinstance(param, click.Option) and not param.hidden:
            assert param.help, f"{name} {param.opts[0]}"


@pytest.mark.parametrize("name", MODULES)
def test_no_line_of_help_is_wider_than_a_terminal_of_100_columns(name: str) -> None:
    assert max(len(line) for line in _help(name).splitlines()) <= 100


@pytest.mark.parametrize("name", MODULES)
def test_every_command_takes_the_global_options(name: str) -> None:
    names = {option for param in _command(name).get_params(CONTEXT) for option in param.opts}

    assert {"-f", "--format", "-c", "--column", "--quiet", "--endpoint", "--timeout"} <= names
    assert {"--debug", "--require-keyring", "--version", "--help"} <= names
