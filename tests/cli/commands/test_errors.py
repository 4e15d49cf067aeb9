"""``errors``: the codes as users look them up."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from vmctl_cli.commands.errors import known_codes
from vmctl_cli.errors import CLASS_EXIT


def test_every_code_has_an_exit_code_a_meaning_and_a_remedy() -> None:
    codes = list(known_codes())

    assert len(codes) > 200
    assert all(one.says and one.remedy for one in codes)
    assert all(CLASS_EXIT.get(one.class_name, one.exit_code) == one.exit_code for one in codes)


@pytest.mark.parametrize(
    ("asked", "found"), [("no-valid-host", "no-valid-host"), ("volume-in-use", "*-in-use")]
)
def test_one_code_is_looked_up(vmctl: Vmctl, asked: str, found: str) -> None:
    rows = json.loads(vmctl("errors", asked, "-f", "json").out)

    assert found in [row["code"] for row in rows]
    assert list(rows[0]) == ["code", "class_name", "exit_code", "says", "remedy"]


def test_a_pattern_finds_all_of_a_kind(vmctl: Vmctl) -> None:
    codes = vmctl("errors", "invalid-*", "--quiet").out.split()

    assert {"invalid-name", "invalid-tag"} <= set(codes)
    assert all(code.startswith("invalid-") for code in codes)


def test_a_code_that_is_none_is_not_found(vmctl: Vmctl) -> None:
    assert vmctl("errors", "too-much-happiness").code == 3
