"""Columns: how a field is headed and shown in a table, and how ``-c`` chooses among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vmctl_cli.errors import invalid
from vmctl_cli.output.records import keys_of, plain, value_of


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list, or one row of the table of a single thing."""

    heading: str
    key: str  # the field, as JSON calls it
    show: Callable[[Any], str | None] | None = None  # of the whole record; None: the field

    def text(self, record: Any) -> str | None:
        """Return what the table shows for ``record``, None for nothing."""
        if self.show is not None:
            return self.show(record)
        return text_of(value_of(record, self.key))


def columns(*keys: str, **headings: str) -> tuple[Column, ...]:
    """Return plain columns; a heading is made from the key unless given: ``id="ID"``."""
    return tuple(Column(headings.get(key, titled(key)), key) for key in keys)


def time_column(heading: str, key: str) -> Column:
    """Return a column that shows a time to the second; JSON and YAML have all its digits."""
    return Column(heading, key, lambda record: to_the_second(value_of(record, key)))


def to_the_second(moment: str | None) -> str | None:
    """Return an RFC 3339 time in UTC without its fraction."""
    return moment if moment is None or "." not in moment else moment.split(".")[0] + "Z"


def titled(key: str) -> str:
    """Return the heading that a field has when nobody gave it one: ``task_state`` -> Task State."""
    return " ".join(
        word.upper() if word in ("id", "ip", "mac", "cidr", "mtu") else word.capitalize()
        for word in key.split("_")
    )


def text_of(value: Any) -> str | None:
    """Return a field as text: lists and dicts as JSON, nothing for None."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    import json

    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True)


def choose(known: Sequence[Column], wanted: Sequence[str], example: Any | None) -> Sequence[Column]:
    """Return the columns that ``-c`` asks for, by key or heading, in any case.

    Every field of the record can be asked for, shown by default or not.  ``example`` is one
    of the records, or their class; without one no name can be told to be wrong.
    """
    if not wanted:
        return known
    by_name = {column.key.lower(): column for column in reversed(known)}
    by_name.update({column.heading.lower(): column for column in known})
    keys = keys_of(example) if example is not None else []
    chosen = []
    for name in wanted:
        column = by_name.get(name.lower())
        if column is None:
            key = name.lower().replace(" ", "_")
            if example is not None and key not in keys:
                raise invalid(
                    f"there is no column {name!r}",
                    code="unknown-column",
                    hint="the columns are: "
                    + ", ".join(dict.fromkeys([*(c.key for c in known), *keys])),
                )
            column = Column(titled(key), key)
        chosen.append(column)
    return chosen
