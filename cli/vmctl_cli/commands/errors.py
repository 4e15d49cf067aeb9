"""``errors``: every stable error code, its exit code, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import click

from vmctl_cli.command import command, pass_output
from vmctl_cli.errors import CliError
from vmctl_cli.output import Column, Output

FILE = Path(__file__).parents[1] / "error_codes.tsv"  # made from the sources by scripts/errors
COLUMNS = (
    Column("Code", "code"),
    Column("Class", "class_name"),
    Column("Exit", "exit_code"),
    Column("Says", "says"),
    Column("What to do", "remedy"),
)


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code, as one class of errors has it."""

    code: str
    class_name: str
    exit_code: int
    says: str
    remedy: str


@command(
    "errors",
    examples=("vmctl errors", "vmctl errors no-valid-host", "vmctl errors 'volume-*' -f json"),
)
@click.argument("code", required=False, metavar="[CODE]")
@pass_output
def errors(output: Output, code: str | None) -> None:
    """List the stable error codes, their exit codes and remedies."""
    found = [one for one in known_codes() if code is None or _fits(code, one.code)]
    if not found:
        raise CliError(
            f"there is no error code {code!r}",
            class_name="NotFound",
            code="code-not-found",
            hint="vmctl errors lists all of them",
        )
    output.table(found, COLUMNS, id_key="code")


def known_codes() -> Iterator[ErrorCode]:
    """Yield every code, sorted; a ``*`` in one stands for the noun."""
    for line in FILE.read_text("utf-8").splitlines():
        code, class_name, exit_code, says, remedy = line.split("\t")
        yield ErrorCode(code, class_name, int(exit_code), says, remedy)


def _fits(asked: str, known: str) -> bool:
    """Tell whether a code or a pattern means ``known``; ``*-in-use`` is ``volume-in-use``, too."""
    return fnmatchcase(known, asked) or fnmatchcase(asked, known)
