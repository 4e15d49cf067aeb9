"""Column types and the one typed door from a SQLModel class to its Core table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import JSON, Column, DateTime, Dialect, Table, TypeDecorator, text
from sqlmodel import SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC.  Naive ones are refused: nobody knows what they mean."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC, without its zone where the database has no zones."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: give it a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None] | None:
        """Return what gives instants their zone.

        SQLite holds text, which is read here at once: by way of SQLAlchemy it took a tenth of
        a long list.
        """
        return _from_text if dialect.name == "sqlite" else _in_utc


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def core(model: type[SQLModel]) -> Table:
    """Return the Core table of ``model``, for statements on the boot path."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


def utc_column(
    *, nullable: bool = False, index: bool = False, primary_key: bool = False
) -> Column[Any]:
    """Return a fresh column that holds an instant."""
    return Column(UtcDateTime, nullable=nullable, index=index, primary_key=primary_key)


def json_column(*, nullable: bool = False, default: str | None = None) -> Column[Any]:
    """Return a fresh column that holds JSON; rows older than it hold ``default``, if any."""
    server_default = None if default is None else text(f"'{default}'")
    return Column(JSON(none_as_null=True), nullable=nullable, server_default=server_default)


def plain(thing: Any) -> dict[str, Any]:
    """Return the fields of a frozen dataclass of plain values, as a JSON column or a row has them.

    ``dataclasses.asdict`` copies everything deeply, which took a tenth of a boot.
    """
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}
