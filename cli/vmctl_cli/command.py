"""How a command is written: ``@command("list")``, ``@pass_output``, ``@pass_client``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, update_wrapper
from typing import Any, TypeVar

import click

from vmctl_cli.invocation import LIST_PREFIX, Invocation
from vmctl_cli.options import GLOBAL_OPTIONS, HELP_NAMES, HELP_OPTION

R = TypeVar("R")


class VmctlCommand(click.Command):
    """A command that takes the global options as well, and shows examples in its help."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters, then the global ones it has no other use for."""
        own = [*super().get_params(ctx)]
        taken = {name for param in own for name in param.opts}
        if is_list(self.name or ""):
            own += [option for option in list_options() if not taken & set(option.opts)]
        return own + [option for option in GLOBAL_OPTIONS if not taken & set(option.opts)]

    def get_help_option(self, ctx: click.Context) -> click.Option:
        """Return our own: click's takes output that cannot be written for a fault."""
        return HELP_OPTION

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, and apart from them the global ones."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], "Global options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                known = param in GLOBAL_OPTIONS
                sections["Global options" if known else "Options"].append(record)
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are, without wrapping them."""
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"  {example}\n")


def command(
    name: str, *, examples: Sequence[str] = ()
) -> Callable[[Callable[..., Any]], VmctlCommand]:
    """Return the decorator that makes a function the command ``name``."""

    def decorate(function: Callable[..., Any]) -> VmctlCommand:
        made = click.command(
            name,
            cls=VmctlCommand,
            examples=examples,
            context_settings={"help_option_names": HELP_NAMES},
        )(function)
        assert isinstance(made, VmctlCommand)
        return made

    return decorate


def is_list(name: str) -> bool:
    """Tell whether the command ``name`` prints a list, which is sorted and cut as asked."""
    return name == "list" or name.endswith("-list")


@cache
def list_options() -> tuple[click.Option, ...]:
    """Return the options that every list takes, beside those it has itself."""
    return (
        _list_option("--sort", metavar="KEY[:asc|desc],...", help="Sort by these fields."),
        _list_option("--fields", metavar="FIELD,...", help="Show the id and these fields."),
        _list_option("--minimal", is_flag=True, help="Show ids and names only."),
        _list_option("--marker", metavar="ID", help="Begin after this one."),
        _list_option("--limit", type=int, metavar="N", help="At most so many; -1 for all."),
    )


def _list_option(name: str, **attributes: Any) -> click.Option:
    key = LIST_PREFIX + name.removeprefix("--")
    return click.Option([name, key], expose_value=False, callback=_remember, **attributes)


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value not in (None, False):
        ctx.ensure_object(dict)[param.name or ""] = value


def pass_client(function: Callable[..., R]) -> Callable[..., R]:
    """Give the command the daemon's client as its first argument."""

    def wrapped(*args: Any, **kwargs: Any) -> R:
        return function(invocation().client, *args, **kwargs)

    return update_wrapper(wrapped, function)


def pass_output(function: Callable[..., R]) -> Callable[..., R]:
    """Give the command its output as its first argument."""

    def wrapped(*args: Any, **kwargs: Any) -> R:
        return function(invocation().output, *args, **kwargs)

    return update_wrapper(wrapped, function)


def pass_settings(function: Callable[..., R]) -> Callable[..., R]:
    """Give the command the settings as its first argument."""

    def wrapped(*args: Any, **kwargs: Any) -> R:
        return function(invocation().settings, *args, **kwargs)

    return update_wrapper(wrapped, function)


def invocation() -> Invocation:
    """Return what the running command was called with."""
    found: Invocation = click.get_current_context().ensure_object(Invocation)
    return found
