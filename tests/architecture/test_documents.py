"""Documents say what the code says: names that exist, settings and codes that are there."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path

import pytest

from scripts import error_codes
from vmctl_cli.errors import CLASS_EXIT
from vmctld.config.settings import OPTION_ONLY, PARSERS, Settings
from vmctld.wire.status import STATUS_OF_CLASS

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", *(
    str(path.relative_to(CHECKOUT)) for path in sorted((CHECKOUT / "docs").glob("*.md"))
))  # fmt: skip
PATH = re.compile(r"`((?:cli|daemon|proto|tests|scripts|docs|bench)/[\w./-]+)(?:::(\w+))?`")
LINK = re.compile(r"\]\((?!http)([^)#]+)\)")


@cache
def text_of(document: str) -> str:
    return (CHECKOUT / document).read_text()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_and_test_that_a_document_names_exists(document: str) -> None:
    named = PATH.findall(text_of(document))

    assert [path for path, _ in named if not (CHECKOUT / path).exists()] == []
    tests = [(path, test) for path, test in named if test]
    assert [one for one in tests if f"def {one[1]}(" not in text_of(one[0])] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_of_a_document_leads_somewhere(document: str) -> None:
    place = (CHECKOUT / document).parent

    assert [link for link in LINK.findall(text_of(document)) if not (place / link).exists()] == []


def test_the_document_of_error_codes_is_fresh() -> None:
    made = error_codes.table()

    assert text_of("docs/errors.md") == made, "run: scripts/errors"


def test_the_classes_of_codes_on_the_command_line_are_fresh() -> None:
    assert text_of("cli/vmctl_cli/code_classes.py") == error_codes.classes(), "run: scripts/errors"


def test_the_documented_exit_codes_are_those_of_the_command_line() -> None:
    documented = {k: v for k, v in error_codes.EXIT_CODES.items() if k != error_codes.FAULT}

    assert documented == CLASS_EXIT
    assert {kind.__name__ for kind in STATUS_OF_CLASS} <= set(documented)


def settings_table() -> dict[str, str]:
    """Return the documented default of each variable."""
    rows = re.findall(r"^\| `VMCTLD_(\w+)` \|.*\| ([^|]*) \|$", text_of("docs/operations.md"), re.M)
    return {name.lower(): default.strip("` ") for name, default in rows}


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    assert set(settings_table()) == (set(PARSERS) | {"config"}) - OPTION_ONLY
    assert all(
        f"--{name.replace('_', '-')}" in text_of("docs/operations.md") for name in OPTION_ONLY
    )


def test_documented_defaults_are_those_of_the_settings() -> None:
    documented = settings_table()
    defaults = {
        one.name: one.default
        for one in fields(Settings)
        if isinstance(one.default, int | str) and one.default is not MISSING
    }

    shown = {name: str(value).lower() for name, value in defaults.items()}
    assert {name: documented[name] for name in shown if name in documented} == {
        name: value for name, value in shown.items() if name in documented
    }
