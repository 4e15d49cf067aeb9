"""``--name`` of things that need none: one that is given has to be one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from vmctl_cli.errors import invalid

WITHOUT_ONE = "leave --name out for one without a name"
F = TypeVar("F", bound=Callable[..., Any])


def name_option(what: str) -> Callable[[F], F]:
    """Return the decorator that adds ``--name`` to a command that makes a ``what``.

    The command gets "" when nothing was said.
    """

    def checked(_ctx: click.Context, _param: click.Parameter, name: str | None) -> str:
        if name is None:
            return ""
        if not name.strip():
            raise invalid(
                f"the name of the {what} is empty",
                code="invalid-name",
                hint=WITHOUT_ONE,
            )
        return name

    return click.option("--name", metavar="NAME", callback=checked, help="What it is called.")
