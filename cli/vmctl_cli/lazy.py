"""The root command: knows every command's name, imports the one that is run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import click

from vmctl_cli.errors import CliError
from vmctl_cli.old_names import ALIASES, NEWER_NAMES
from vmctl_cli.options import GLOBAL_OPTIONS, HELP_NAMES, HELP_OPTION
from vmctl_cli.registry import MODULES, THEMES

HELP_WIDTH = 80


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, theme by theme."""
        return list(MODULES)

    def get_help_option(self, ctx: click.Context) -> click.Option:
        """Return our own: click's takes output that cannot be written for a fault."""
        return HELP_OPTION

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, importing its module."""
        if cmd_name not in MODULES:
            return None
        module = import_module(f"vmctl_cli.commands.{MODULES[cmd_name]}")
        return next(
            thing
            for thing in vars(module).values()
            if isinstance(thing, click.Command) and thing.name == cmd_name
        )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name; unknown ones raise CliError."""
        name = args[0]
        if name in ALIASES:
            from vmctl_cli.aliases import renamed

            name, args = renamed(args, ctx.ensure_object(dict).get("format"))
        found = self.get_command(ctx, name)
        if found is None:
            raise unknown_command(name)
        return name, found, args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write names and purposes, without importing any of the commands."""
        size = max(len(name) for name in MODULES)
        for theme, modules in THEMES:
            with formatter.section(theme):
                for purposes in modules.values():
                    for name, purpose in purposes.items():
                        formatter.write(f"  {name:<{size}}  {purpose}\n")


def unknown_command(name: str) -> CliError:
    """Return the error for a command that does not exist, naming those that are near."""
    from difflib import get_close_matches

    near: Iterable[str] = (
        [NEWER_NAMES[name]] if name in NEWER_NAMES else get_close_matches(name, MODULES, n=3)
    )
    hint = " or ".join(f"vmctl {one}" for one in near)
    return CliError(
        f"there is no command {name!r}",
        class_name="InvalidRequest",
        code="unknown-command",
        hint=f"did you mean {hint}?" if hint else "vmctl help lists all commands",
    )


def root_command() -> LazyGroup:
    """Return ``vmctl`` itself."""
    return LazyGroup(
        "vmctl",
        params=list[Any](GLOBAL_OPTIONS),
        help=(
            "A small cloud in nova's words.\n\n"
            "Begin with: vmctl login, vmctl image-list, vmctl boot, vmctl list."
        ),
        epilog="vmctl help COMMAND tells more of one command.",
        context_settings={"terminal_width": terminal_width(), "help_option_names": HELP_NAMES},
    )


def terminal_width() -> int:
    """Return how wide help is; click would import shutil and all its archives to find out."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (AttributeError, OSError, ValueError):  # no stdout, or no terminal
        columns = HELP_WIDTH
    return max(min(columns, HELP_WIDTH) - 2, 50)
