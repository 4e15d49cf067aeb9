"""Options that nova has and vmctl does not serve: understood, and refused by their name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from vmctl_cli.errors import not_supported

F = TypeVar("F", bound=Callable[..., Any])


def refuses(*names: str, flags: Sequence[str] = ()) -> Callable[[F], F]:
    """Return a decorator: the options ``names`` take a value, ``flags`` none, all are refused."""

    def decorate(function: F) -> F:
        for name in reversed([*names, *flags]):
            function = click.option(
                name,
                is_flag=name in flags,
                multiple=name not in flags,
                expose_value=False,
                hidden=True,
                callback=_refuse,
            )(function)
        return function

    return decorate


def is_refused(param: click.Parameter) -> bool:
    """Tell whether a parameter is understood only to be refused."""
    return param.callback is _refuse


def _refuse(_ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value:
        raise not_supported(
            f"the option {param.opts[0]}", hint="leave it out; --help lists what there is"
        )
