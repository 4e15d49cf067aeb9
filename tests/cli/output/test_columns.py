"""Columns and their choice."""

from __future__ import annotations

import pytest

from vmctl_cli.errors import CliError
from vmctl_cli.output.columns import Column, choose, columns, text_of, titled, to_the_second

KNOWN = columns("id", "name", id="ID")


def test_headings_are_made_from_keys() -> None:
    assert [column.heading for column in columns("task_state", "mac", "project_id")] == [
        "Task State",
        "MAC",
        "Project ID",
    ]
    assert titled("cidr") == "CIDR"


def test_a_heading_beats_a_key_of_the_same_name() -> None:
    known = (Column("name", "title"), Column("Other", "name"))

    assert choose(known, ["name"], {"title": 1, "name": 2})[0].key == "title"
    assert choose(known, ["title"], {"title": 1, "name": 2})[0].key == "title"


def test_every_field_of_the_record_can_be_chosen() -> None:
    assert choose(KNOWN, ["Task State"], {"id": 1, "task_state": 2}) == [
        Column("Task State", "task_state")
    ]


def test_an_unknown_column_is_refused_unless_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(CliError, match="no column 'colour'"):
        choose(KNOWN, ["colour"], {"id": 1})

    assert choose(KNOWN, ["colour"], None)[0].key == "colour"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("a", "a"),
        (3, "3"),
        (True, "True"),
        (0.5, "0.5"),
        ({"b": 1, "a": [True]}, '{"a": [true], "b": 1}'),
        ((), "[]"),
    ],
)
def test_values_are_shown_as_nova_does(value: object, text: str | None) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (None, None),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.250Z", "2026-01-02T03:04:05Z"),
    ],
)
def test_times_are_shown_to_the_second(moment: str | None, shown: str | None) -> None:
    assert to_the_second(moment) == shown
