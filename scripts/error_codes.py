"""Every stable code from the sources: its class, its exit code, what it says, what to do.

As docs/errors.md; with ``--lines`` as what ``vmctl errors`` reads; with ``--classes`` the
command line's own list: a server's fault comes with its code alone.  ``scripts/errors`` runs
all three.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

CHECKOUT = Path(__file__).resolve().parents[1]
SOURCES = ("daemon/vmctld", "cli/vmctl_cli")
FAULT = "Fault"  # of a server that was accepted and failed later
CLI_HELPERS = {"invalid": "InvalidRequest", "not_supported": "NotSupported"}
EXIT_CODES = {
    "InvalidRequest": 2,
    "NotFound": 3,
    "Unauthenticated": 4,
    "Forbidden": 4,
    "AlreadyExists": 5,
    "WrongState": 5,
    "Conflict": 5,
    "QuotaExceeded": 6,
    "NoValidHost": 6,
    "Exhausted": 6,
    "NotSupported": 7,
    "Unavailable": 8,
    "TimedOut": 8,
    "HypervisorFailed": 1,
    "Corrupted": 1,
    "Internal": 1,
    "BuildFailed": 9,
    FAULT: 9,
}
"""A test compares these with what the daemon and the command line do."""

IN_WORDS = {
    "invalid-flavor": "the flavor's vcpus, RAM or disk cannot be",
    "invalid-properties": "the image's properties cannot be",
    "invalid-setting": "a setting of the daemon cannot be, with its place",
    "no-boot-source": "neither an image nor a volume to boot from, or both",
    "no-valid-host": "No valid host was found, with the hosts counted per filter",
}
"""For messages that are not written where they are raised."""

REMEDIES = {
    "InvalidRequest": "change the request as the message says",
    "NotFound": "look what there is: the commands that end in -list",
    "Unauthenticated": "sign in: vmctl login",
    "Forbidden": "ask an admin, or sign in as one",
    "AlreadyExists": "take another name, or use what is there",
    "WrongState": "look at its state, and try again when it allows that",
    "Conflict": "look again, and repeat it",
    "QuotaExceeded": "delete what is not needed, or ask an admin for more",
    "NoValidHost": "vmctl explain SERVER tells why each host was refused",
    "Exhausted": "make room, or ask the operator for it",
    "NotSupported": "do it another way; vmctl help lists what there is",
    "Unavailable": "try again in a moment; vmctl doctor looks the installation over",
    "TimedOut": "look whether it went on; --timeout bounds the wait",
    "HypervisorFailed": "read the daemon's log under the request id",
    "Corrupted": "read the daemon's log under the request id; vmctl doctor tells more",
    "Internal": "read the daemon's log under the request id, and report it",
    "BuildFailed": "vmctl trace SERVER shows how far it came",
    FAULT: "vmctl trace SERVER shows how far it came",
}
"""For errors whose hint depends on the case, or that have none of their own."""

HEAD = """\
# Error codes

Made from the sources by `scripts/errors`; a test keeps it fresh.

A code never changes, a message may: scripts read `error.code` of `-f json`. `…` stands for what differs from case to case, `*` for the noun (`image-not-found`, `volume-in-use`). An error that is told as a server's fault keeps its code, and `boot --poll` ends with exit code 9. The facts of an error hold its numbers and ids.

| code | class | exit code | says | what to do |
| --- | --- | --- | --- | --- |
"""  # noqa: E501 - a paragraph is one line of Markdown


CLASSES_HEAD = '''\
"""The daemon's codes by class, for faults: they come without one.

Made from the daemon's sources by scripts/errors; a test keeps it fresh.
"""

'''


@dataclass(frozen=True, order=True)
class Row:
    """One code as one place in the sources raises it."""

    code: str
    class_name: str
    says: str
    remedy: str


def table() -> str:
    """Return the whole document."""
    cells = ([f"`{code}`", *others] for code, *others in map(_cells, _one_each()))
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in cells)
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in escaped)


def lines() -> str:
    """Return what ``vmctl errors`` reads: a line for each code, its parts apart by tabs."""
    return "".join("\t".join(_cells(row)) + "\n" for row in _one_each())


def _one_each() -> list[Row]:
    """Return one row for each code and class: one message tells what it is about."""
    rows: dict[tuple[str, str], Row] = {}
    for row in sorted(
        set(_rows()), key=lambda row: (row.code, row.class_name, not row.remedy, row)
    ):
        rows.setdefault((row.code, row.class_name), row)
    return list(rows.values())


def _cells(row: Row) -> list[str]:
    remedy = row.remedy or REMEDIES[row.class_name]
    return [row.code, row.class_name, str(EXIT_CODES[row.class_name]), row.says, remedy]


def classes() -> str:
    """Return the module in which the command line looks the class of a fault's code up."""
    of_code = defaultdict(set)
    for row in _rows(SOURCES[:1]):
        of_code[row.code].add(row.class_name)
    of_class = defaultdict(list)
    for code, (class_name, *others) in sorted(of_code.items()):
        if not others and class_name != FAULT and "*" not in code:
            of_class[class_name].append(code)
    parts = [f'    "{name}": """\n{_wrapped(of_class[name])}\n""",\n' for name in sorted(of_class)]
    return CLASSES_HEAD + "CODES = {\n" + "".join(parts) + "}\n"


def _wrapped(codes: list[str]) -> str:
    return fill(" ".join(codes), 96, break_on_hyphens=False)


def _rows(sources: Sequence[str] = SOURCES) -> Iterator[Row]:
    for source in sources:
        for path in sorted((CHECKOUT / source).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    yield from _of_call(node)
                elif isinstance(node, ast.ClassDef):
                    yield from _of_class(node)


def _of_call(call: ast.Call) -> Iterator[Row]:
    words = {keyword.arg: keyword.value for keyword in call.keywords}
    code = _text(words.get("code"), "*")
    class_name = _class_of(call, words)
    if code in (None, "*") or class_name is None:
        return
    message = call.args[0] if call.args else words.get("message")
    says = _text(message, "…") or IN_WORDS.get(code, "…")
    remedy = _text(words.get("hint"), "…") or ""
    yield Row(code, class_name, _one_line(says), _one_line(remedy.strip(" …;")))


def _class_of(call: ast.Call, words: dict[str | None, ast.expr]) -> str | None:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name == "CliError":
        return _text(words.get("class_name"), "")
    name = CLI_HELPERS.get(name, name)
    return name if name in EXIT_CODES else None


def _of_class(kind: ast.ClassDef) -> Iterator[Row]:
    """A class's own code, for whatever has no more to say."""
    bases = [getattr(base, "id", "") for base in kind.bases]
    base = next((one for one in bases if one in EXIT_CODES), kind.name)
    for line in kind.body:
        target = line.target if isinstance(line, ast.AnnAssign) else None
        if isinstance(line, ast.Assign):
            target = line.targets[0]
        if getattr(target, "id", "") != "default_code" or base not in EXIT_CODES:
            continue
        code = _text(getattr(line, "value", None), "*")
        says = (ast.get_docstring(kind) or "").splitlines()[0]
        if code:
            yield Row(code, base, _one_line(says), "")


def _text(node: ast.expr | None, hole: str) -> str | None:
    """Return a string literal's text, with ``hole`` for what is filled in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = [_text(part, hole) for part in node.values]
        return "".join(hole if part is None else part for part in parts)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, hole)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "counted":
        return f"{hole} {_text(node.args[1], hole)}s"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (_text(node.left, hole) or hole) + (_text(node.right, hole) or hole)
    return None


def _one_line(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


if __name__ == "__main__":
    makers = {"--classes": classes, "--lines": lines}
    sys.stdout.write(makers.get(sys.argv[-1], table)())
