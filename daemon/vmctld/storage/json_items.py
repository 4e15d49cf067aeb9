"""The items of a column that holds a JSON list, as SQLite and PostgreSQL unfold them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, String, column, exists, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Texts(FunctionElement[Any]):
    """A row for each item, its ``value`` as text."""

    inherit_cache = True


class _Objects(FunctionElement[Any]):
    """A row for each item, its ``value`` as JSON."""

    inherit_cache = True


@compiles(_Texts, "sqlite")
@compiles(_Objects, "sqlite")
def _on_sqlite(element: FunctionElement[Any], compiler: SQLCompiler, **words: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **words)})"


@compiles(_Texts, "postgresql")
def _texts_on_postgresql(element: _Texts, compiler: SQLCompiler, **words: Any) -> str:
    return f"json_array_elements_text({compiler.process(element.clauses, **words)})"


@compiles(_Objects, "postgresql")
def _objects_on_postgresql(element: _Objects, compiler: SQLCompiler, **words: Any) -> str:
    return f"json_array_elements({compiler.process(element.clauses, **words)})"


def has_text(items: Column[Any], *wanted: str) -> ColumnElement[bool]:
    """Return the condition that at least one of ``wanted`` is among the texts of a list."""
    found = _Texts(items).table_valued(column("value", String))
    return exists(select(1).select_from(found).where(found.c.value.in_(wanted)))


def has_match(
    items: Column[Any], key: str, pattern: str, *, containing: str
) -> ColumnElement[bool]:
    """Return the condition that ``key`` of one of a list's objects fits ``pattern``.

    Only those are looked at that have ``containing`` in them: a dot, say, of an IPv4 address.
    """
    found = _Objects(items).table_valued(column("value", JSON))
    value = found.c.value[key].as_string()
    fits = value.contains(containing, autoescape=True) & value.regexp_match(pattern)
    return exists(select(1).select_from(found).where(fits))
