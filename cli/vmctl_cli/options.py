"""The global options, which work before the command and after it."""

from __future__ import annotations

from typing import Any, NoReturn

import click

from vmctl_cli.streams import flush, write

HELP_NAMES = ("-h", "--help")

# click keeps what it parsed by name: a command's own PROJECT would be taken for --project
_GLOBAL = "global_"


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep a global option for the whole command; the one given last counts."""
    if value not in (None, False, ()):
        options: dict[str, Any] = ctx.ensure_object(dict)
        options[(param.name or "").removeprefix(_GLOBAL)] = value


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from vmctl_cli import __version__

        _print_and_exit(ctx, f"vmctl {__version__}")


def _show_help(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        _print_and_exit(ctx, ctx.get_help())


def _print_and_exit(ctx: click.Context, text: str) -> NoReturn:
    """Print ``text`` as all output is printed: one that cannot be written is told in one line."""
    write(text + "\n")
    flush()
    ctx.exit()


def _global(key: str, *names: str, **attributes: Any) -> click.Option:
    return click.Option(
        [_GLOBAL + key, *names], expose_value=False, callback=_remember, **attributes
    )


HELP_OPTION = click.Option(
    list(HELP_NAMES),
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_help,
    help="Show this message and exit.",
)

GLOBAL_OPTIONS = (
    _global("format", "-f", "--format", metavar="FORMAT", help="table, json, yaml, csv or value."),
    _global(
        "columns",
        "-c",
        "--column",
        metavar="COLUMN",
        multiple=True,
        help="Only this column, by its JSON key or its heading; repeatable.",
    ),
    _global("quiet", "--quiet", is_flag=True, help="Print ids only."),
    _global(
        "timeout", "--timeout", metavar="SECONDS", help="Wait no longer than this for anything."
    ),
    _global(
        "endpoint",
        "--endpoint",
        metavar="WHERE",
        help="The daemon: unix:///path or host:port (TLS).",
    ),
    _global("ca_file", "--ca-file", metavar="FILE", help="Whom to trust on TLS."),
    _global(
        "config_dir",
        "--config-dir",
        metavar="DIR",
        help="Where settings and, if need be, tokens live.",
    ),
    _global("username", "--username", metavar="USER", help="Who signs in."),
    _global("project", "--project", metavar="PROJECT", help="The project to work in."),
    _global(
        "require_keyring",
        "--require-keyring",
        is_flag=True,
        help="Never keep a token in a file; fail instead.",
    ),
    _global("debug", "--debug", is_flag=True, help="Tell on stderr which calls are made."),
    click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help="Print the version and exit.",
    ),
)
