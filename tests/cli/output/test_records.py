"""Records as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from vmctl_cli.output.records import keys_of, plain, value_of


@dataclass(frozen=True)
class Pair:
    left: object
    right: object = None


def test_records_become_dicts_all_the_way_down() -> None:
    assert plain(Pair((Pair(1), {"a": Pair("b")}))) == {
        "left": [{"left": 1, "right": None}, {"a": {"left": "b", "right": None}}],
        "right": None,
    }


def test_what_is_no_data_is_refused() -> None:
    with pytest.raises(TypeError, match="object is no plain data"):
        plain(object())


@pytest.mark.parametrize("record", [Pair(1, 2), {"left": 1, "right": 2}])
def test_fields_are_found_in_records_and_mappings(record: object) -> None:
    assert keys_of(record) == ["left", "right"]
    assert value_of(record, "right") == 2
