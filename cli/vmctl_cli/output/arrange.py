"""What of a list is shown and in which order: ``--sort``, ``--fields``, ``--limit``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vmctl_cli.errors import CliError, invalid
from vmctl_cli.output.columns import Column, titled
from vmctl_cli.output.records import keys_of, value_of

ALIASES: Mapping[str, str] = {
    "created": "created_at",
    "updated": "updated_at",
    "display_name": "name",
}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How the user wants a list; what is None or empty was not said."""

    sort: str = ""
    fields: str | None = None
    minimal: bool = False
    marker: str = ""
    limit: int | None = None

    @property
    def chooses(self) -> bool:
        """True when not all there is to a thing is wanted."""
        return self.minimal or self.fields is not None

    def of(self, things: list[Any], id_key: str) -> list[Any]:
        """Return the part of ``things`` that is wanted, in the order that is wanted."""
        if self.sort:
            things = sorted_by(things, self.sort)
        if self.marker:
            things = _after(things, self.marker, id_key)
        return things if self.limit is None or self.limit < 0 else things[: self.limit]

    def columns(self, shown: Sequence[Column], things: list[Any], id_key: str) -> Sequence[Column]:
        """Return which columns are wanted, instead of those ``shown`` by default."""
        if self.minimal:
            by_key = {column.key: column for column in reversed(shown)}
            return [by_key[key] for key in dict.fromkeys((id_key, "name")) if key in by_key]
        if self.fields is not None:
            return _field_columns(self.fields, shown, things, id_key)
        return shown


def sorted_by(things: list[Any], keys: str) -> list[Any]:
    """Return ``things`` sorted as ``KEY[:asc|desc],...`` says; nova's direction is desc."""
    for key, descending in reversed(sort_keys(keys)):
        if things and key not in keys_of(things[0]):
            raise invalid(
                f"this list cannot be sorted by {key!r}",
                code="unknown-column",
                hint=_fields_hint(things),
            )
        things = sorted(
            things, key=lambda thing: _sort_key(value_of(thing, key)), reverse=descending
        )
    return things


def sort_keys(text: str) -> list[tuple[str, bool]]:
    """Return the fields that ``KEY[:asc|desc],...`` names, each with whether it descends."""
    keys = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(":")
        if direction not in ("", "asc", "desc"):
            raise invalid(f"{direction!r} is no direction to sort in: asc and desc are")
        keys.append((ALIASES.get(name, name.lower().replace(" ", "_")), direction != "asc"))
    return keys


def _field_columns(
    fields: str, shown: Sequence[Column], things: list[Any], id_key: str
) -> list[Column]:
    """Return the id and one column for each named field; usual headings are understood."""
    usual = {column.heading.lower().replace(" ", "_"): column for column in shown}
    by_key = {column.key: column for column in reversed(shown)}
    names = [part.strip().lower().replace(" ", "_") for part in fields.split(",") if part.strip()]
    known = keys_of(things[0]) if things else names
    unknown = [name for name in names if name not in known and name not in usual]
    if unknown:
        raise invalid(
            f"Non-existent fields are specified: {unknown}",
            code="unknown-column",
            hint=_fields_hint(things),
        )
    id_column = by_key.get(id_key) or Column(titled(id_key), id_key)
    others = [usual.get(name) or by_key.get(name) or Column(titled(name), name) for name in names]
    return [id_column, *(column for column in others if column.key != id_key)]


def _after(things: list[Any], marker: str, id_key: str) -> list[Any]:
    for place, thing in enumerate(things):
        if str(value_of(thing, id_key)) == marker:
            return things[place + 1 :]
    raise CliError(
        f"marker [{marker}] not found",
        class_name="NotFound",
        code="marker-not-found",
        hint=f"a marker is the {id_key} of one that the list has",
    )


def _fields_hint(things: list[Any]) -> str:
    return "the fields are: " + ", ".join(keys_of(things[0]))


def _sort_key(value: Any) -> tuple[bool, str | float]:
    return (value is not None, value if isinstance(value, str | int | float) else str(value))
