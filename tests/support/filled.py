"""Dataclasses with something in every field, to see that converters lose nothing."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from itertools import count
from typing import Any, TypeVar

from tests.support.clock import NOON

T = TypeVar("T")


def filled(cls: type[T]) -> T:
    """Return a ``cls`` in which every field has a value of its own, none of them a default."""
    return _filled(cls, count(1))


def _filled(cls: Any, numbers: typing.Iterator[int]) -> Any:
    hints = typing.get_type_hints(cls)
    values = {
        field.name: _value(hints[field.name], field.name, numbers)
        for field in dataclasses.fields(cls)
    }
    return cls(**values)


def _value(hint: Any, name: str, numbers: typing.Iterator[int]) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _value(next(a for a in arguments if a is not type(None)), name, numbers)
    if origin is tuple:
        inner = [arguments[0]] * 2 if arguments[-1] is ... else arguments
        return tuple(_value(one, name, numbers) for one in inner)
    if origin in (dict, Mapping):
        return {f"{name}-{next(numbers)}": _value(arguments[1], name, numbers)}
    if dataclasses.is_dataclass(hint):
        return _filled(hint, numbers)
    if issubclass(hint, Enum):
        return list(hint)[-1]
    return _scalar(hint, name, next(numbers))


def _scalar(hint: type, name: str, number: int) -> Any:
    match hint.__name__:
        case "bool":
            return True
        case "int":
            return number
        case "float":
            return number + 0.5
        case "str" | "object":
            return f"{name}-{number}"
        case "bytes":
            return f"{name}-{number}".encode()
        case "datetime":
            return NOON + timedelta(days=number, microseconds=number)
    raise TypeError(f"no idea how to fill {name}: {hint}")
