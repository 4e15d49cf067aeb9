"""Records as plain data: what ``-f json`` and ``-f yaml`` print, key by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def plain(value: Any) -> Any:
    """Return ``value`` made of dicts, lists and scalars only; every field keeps its name."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} is no plain data")


def keys_of(record: Any) -> list[str]:
    """Return the names of all fields of ``record``, which may be a class of records."""
    if isinstance(record, Mapping):
        return [str(key) for key in record]
    return [field.name for field in fields(record)]


def value_of(record: Any, key: str) -> Any:
    """Return one field of ``record``."""
    return record[key] if isinstance(record, Mapping) else getattr(record, key)
