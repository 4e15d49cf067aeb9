"""The command tree as plain data, as far as completing needs it."""

from __future__ import annotations

from dataclasses import dataclass

import click

from vmctl_cli.command import is_list, list_options
from vmctl_cli.completion.names import kind_of
from vmctl_cli.lazy import root_command
from vmctl_cli.options import GLOBAL_OPTIONS, HELP_NAMES
from vmctl_cli.output import FORMATS


@dataclass(frozen=True, slots=True)
class Option:
    """One option and what may follow it."""

    names: tuple[str, ...]
    purpose: str
    takes_value: bool
    values: tuple[str, ...] = ()  # all there are; empty: anything
    is_path: bool = False
    kind: str = ""  # of what names follow, if they are names of things


@dataclass(frozen=True, slots=True)
class Command:
    """One command with its own options and the words its argument can be."""

    name: str
    purpose: str
    options: tuple[Option, ...]
    words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # what each argument names, - for nothing; the last repeats

    @property
    def has_kinds(self) -> bool:
        """True when an argument is the name of something."""
        return any(kind != "-" for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Tree:
    """All commands, and the options that work everywhere."""

    commands: tuple[Command, ...]
    global_options: tuple[Option, ...]


def read_tree() -> Tree:
    """Return the whole tree; imports every command."""
    root = root_command()
    context = click.Context(root, info_name="vmctl")
    names = root.list_commands(context)
    commands = []
    for name in names:
        found = root.get_command(context, name)
        assert found is not None
        commands.append(_command(name, found, names))
    return Tree(tuple(commands), tuple(_option(one) for one in (*GLOBAL_OPTIONS, _help())))


def _command(name: str, found: click.Command, names: list[str]) -> Command:
    options, words, kinds = [], (), []
    for param in _own_params(found):
        if isinstance(param, click.Option) and not param.hidden:
            options.append(_option(param))
        elif isinstance(param, click.Argument):
            kinds.append(_kind(name, param) or "-")
            if isinstance(param.type, click.Choice):
                words = tuple(param.type.choices)
    return Command(
        name,
        found.get_short_help_str(limit=200),
        tuple(options),
        tuple(names) if name == "help" else words,
        tuple(kinds),
    )


def _kind(command: str, argument: click.Argument) -> str:
    """Return what an argument names; a new thing's name is none that is there."""
    if command in ("keypair-delete", "keypair-show"):
        return "keypairs"
    return kind_of(argument.name, argument.metavar)


def _own_params(found: click.Command) -> list[click.Parameter]:
    """Return the command's own parameters, and those that it has as a list."""
    params = [*found.params]
    if is_list(found.name or ""):
        taken = {name for param in params for name in param.opts}
        params += [option for option in list_options() if not taken & set(option.opts)]
    return params


def _option(option: click.Option) -> Option:
    takes_value = not option.is_flag and not option.count
    return Option(
        names=(*option.opts, *option.secondary_opts),
        purpose=(option.help or "").split(".  ")[0].rstrip("."),
        takes_value=takes_value,
        values=FORMATS if "--format" in option.opts else (),
        is_path=takes_value and option.metavar in ("FILE", "DIR"),
        kind=kind_of(option.metavar) if takes_value else "",
    )


def _help() -> click.Option:
    return click.Option(HELP_NAMES, is_flag=True, help="Show this message and exit.")
