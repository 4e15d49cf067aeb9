"""``vmctld db``: the database's revision, its shape, and its move to another one."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from vmctld.domain.counting import counted
from vmctld.errors import VmctlError

if TYPE_CHECKING:
    from vmctld.config import Settings

EXIT_CANNOT = 8
EXIT_FOUND_SOMETHING = 10

P = ParamSpec("P")

_format = click.option(
    "-f", "--format", "form", type=click.Choice(["table", "json"]), default="table"
)


def _complaining(command: Callable[P, None]) -> Callable[P, None]:
    """Have an error of ours printed, and end with its exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except VmctlError as error:
            click.echo(f"ERROR ({type(error).__name__}): {error.message}", err=True)
            if error.hint:
                click.echo(f"hint: {error.hint}", err=True)
            sys.exit(EXIT_CANNOT)

    return run


@click.group("db")
def db() -> None:
    """Look after the database.  Which one: see --database-url and --state-dir of vmctld.

    A password belongs into VMCTLD_DATABASE_URL, PGPASSWORD or ~/.pgpass: others can read a
    command line.

    Example: vmctld --state-dir /var/lib/vmctl db check
    """


@db.command("current")
@_format
@click.pass_context
@_complaining
def current(ctx: click.Context, form: str) -> None:
    """Show which revision the database is of, and which this daemon makes.

    Example: vmctld db current
    """
    from vmctld.app.databases import name_of, revision_of
    from vmctld.storage.schema import HEAD

    url = _settings(ctx).database_url
    row = {"database": name_of(url), "revision": revision_of(url), "known": HEAD}
    _show([row], form)


@db.command("upgrade")
@click.pass_context
@_complaining
def upgrade(ctx: click.Context) -> None:
    """Bring the database to this daemon's revision, as a start does.

    Example: vmctld db upgrade
    """
    from vmctld.app import databases

    before, after = databases.upgrade(_settings(ctx))
    if before == after:
        click.echo(f"revision {after}: nothing to do")
    else:
        click.echo(f"revision {before or 'none'} -> {after}")


@db.command("check")
@_format
@click.pass_context
@_complaining
def check(ctx: click.Context, form: str) -> None:
    """Look whether the database answers, and is as this daemon makes it.

    Exits with 8 when it does not answer or is not ours, with 10 when something is wrong.

    Example: vmctld db check -f json
    """
    from vmctld.app import databases
    from vmctld.domain.operations import Outcome

    found = databases.check(_settings(ctx).database_url)
    _show([asdict(diagnosis) for diagnosis in found], form)
    if any(diagnosis.outcome is Outcome.FAILED for diagnosis in found):
        sys.exit(EXIT_FOUND_SOMETHING)


@db.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@_format
@click.pass_context
@_complaining
def copy(ctx: click.Context, source: str, target: str, form: str) -> None:
    """Copy the whole record of an installation into an empty database, and verify it.

    No daemon may work with either.  FROM is only read; TO gets everything or nothing, and
    each table's rows and checksum are compared afterwards.  Images, volumes and disks stay
    where they are, in the state directory.

    Example: vmctld db copy sqlite:////var/lib/vmctl/vmctl.db postgresql://vmctl@db/vmctl
    """
    from vmctld.app import databases

    sums = databases.copy(_settings(ctx), source, target)
    _show(
        [{"table": name, "rows": one.rows, "checksum": str(one)} for name, one in sums.items()],
        form,
    )
    total = sum(one.rows for one in sums.values())
    click.echo(
        f"{counted(total, 'row')} copied and verified; set VMCTLD_DATABASE_URL to the new one",
        err=True,
    )


def _settings(ctx: click.Context) -> Settings:
    from vmctld.config import load

    return load(ctx.find_root().params)


def _show(rows: list[dict[str, Any]], form: str) -> None:
    if form == "json":
        click.echo(json.dumps(rows, indent=1))
        return
    names = list(rows[0])
    lines = [names, *([_text(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(names))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _text(value: object) -> str:
    return "none" if value is None else str(value)
