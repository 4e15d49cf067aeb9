"""Files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
ROOTS = ("cli", "daemon", "bench")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40

LONG_FILES = {
    "cli/vmctl_cli/registry.py": "one list: every command there is",
    "daemon/vmctld/storage/migrations/versions/0001_first.py": "one list: every table there is",
}
LONG_FUNCTIONS = {
    "daemon/vmctld/storage/migrations/versions/0001_first.py:upgrade": "one list: every table",
    "daemon/vmctld/storage/migrations/versions/0001_first.py:downgrade": "one list: every table",
    "daemon/vmctld/compute/api/drafts.py:draft_of": "one field a line: an instance has 42",
    "daemon/vmctld/storage/repositories/instance_rows.py:row_of": "one column a line",
    "daemon/vmctld/storage/repositories/instance_rows.py:instance_of": "one field a line",
    "daemon/vmctld/wire/convert/instance.py:instance_to_proto": "one field a line",
}


def _sources() -> Iterator[tuple[str, str]]:
    for root in ROOTS:
        for path in sorted((CHECKOUT / root).rglob("*.py")):
            yield str(path.relative_to(CHECKOUT)), path.read_text()


def _functions(source: str) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            yield node


def test_no_file_is_longer_than_it_should_be() -> None:
    long = {name for name, text in _sources() if text.count("\n") > MAX_FILE_LINES}

    assert long - set(LONG_FILES) == set()


def test_no_function_is_longer_than_it_should_be() -> None:
    long = {
        f"{name}:{function.name}"
        for name, text in _sources()
        for function in _functions(text)
        if (function.end_lineno or 0) - function.lineno + 1 > MAX_FUNCTION_LINES
    }

    assert long - set(LONG_FUNCTIONS) == set()


def test_every_exception_is_of_a_place_that_exists() -> None:
    there = {
        f"{name}:{function.name}" for name, text in _sources() for function in _functions(text)
    }

    assert set(LONG_FUNCTIONS) <= there
    assert all((CHECKOUT / name).exists() for name in LONG_FILES)
