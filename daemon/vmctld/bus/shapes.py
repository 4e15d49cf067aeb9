"""How a value of a type becomes plain JSON and comes back: worked out once per type.

``shape_of(hint)`` walks a type hint and returns two closures, so that encoding a message
looks nothing up.  Encoding trusts its values (mypy has seen them); decoding trusts nothing.
"""

from __future__ import annotations

import base64
import binascii
import collections.abc
import types
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum, IntEnum, StrEnum
from operator import attrgetter
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints


class WrongShape(Exception):
    """What came is not what the type says.  Names the place, never the value: it may be secret."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = ""

    def inside(self, place: str) -> WrongShape:
        """Return the same error, seen from one level further out."""
        self.path = f"{place}.{self.path}" if self.path else place
        return self


@dataclass(frozen=True, slots=True)
class Shape:
    """One type's two directions.  ``encode`` None: the value is plain JSON as it is."""

    encode: Callable[[Any], Any] | None
    decode: Callable[[Any], Any]


_SHAPES: dict[Any, Shape] = {}


def shape_of(hint: Any) -> Shape:
    """Return the shape of a type hint; TypeError for a type that cannot travel."""
    shape = _SHAPES.get(hint)
    if shape is None:
        shape = _SHAPES[hint] = _make_shape(hint)
    return shape


def _make_shape(hint: Any) -> Shape:
    """Choose the maker for ``hint``."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(hint)
    if origin is tuple:
        return _tuple(get_args(hint))
    if origin in (list, frozenset):
        return _collection(origin, get_args(hint)[0])
    if origin in (dict, collections.abc.Mapping):
        return _mapping(*get_args(hint))
    if isinstance(hint, type) and issubclass(hint, StrEnum | IntEnum):
        return Shape(None, _checked(hint, _enum_member))
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass(hint)
    raise TypeError(f"{hint!r} cannot travel on the bus")


def _as_it_is(value: Any) -> Any:
    return value


def _plain(kind: type) -> Shape:
    """Return the shape of what JSON has itself; a bool is no int here."""

    def decode(value: Any) -> Any:
        if type(value) is not kind:
            raise WrongShape(f"expected {kind.__name__}, got {type(value).__name__}")
        return value

    return Shape(None, decode)


def _decode_float(value: Any) -> float:
    if type(value) not in (float, int):
        raise WrongShape(f"expected float, got {type(value).__name__}")
    return float(value)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise WrongShape(f"expected str, got {type(value).__name__}")
    return value


def _encode_bytes(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _decode_bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except (binascii.Error, ValueError):
        raise WrongShape("expected base64") from None


def _encode_datetime(value: datetime) -> str:
    """Return RFC 3339 in UTC; ValueError for a naive time, which means nothing elsewhere."""
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise ValueError("a time on the bus needs a time zone")
        value = value.astimezone(UTC)
    return value.isoformat()[:-6] + "Z"


def _decode_datetime(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        raise WrongShape("expected an RFC 3339 time") from None
    if moment.tzinfo is None:
        raise WrongShape("expected a time with its zone")
    return moment.astimezone(UTC)


_SCALARS: dict[Any, Shape] = {
    str: _plain(str),
    int: _plain(int),
    bool: _plain(bool),
    float: Shape(None, _decode_float),
    type(None): _plain(type(None)),
    object: Shape(None, _as_it_is),  # facts: whatever JSON can say
    bytes: Shape(_encode_bytes, _decode_bytes),
    datetime: Shape(_encode_datetime, _decode_datetime),
    Path: Shape(str, lambda value: Path(_text(value))),
}


def _checked(kind: Any, make: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    return lambda value: make(kind, value)


def _enum_member(kind: type[Enum], value: Any) -> Enum:
    if type(value) not in (str, int):
        raise WrongShape(f"expected a {kind.__name__}, got {type(value).__name__}")
    try:
        return kind(value)
    except ValueError:
        raise WrongShape(f"no such {kind.__name__}") from None


def _union(hint: Any) -> Shape:
    """Return the shape of ``T | None``; any other union would need a tag on the wire."""
    some = [arm for arm in get_args(hint) if arm is not type(None)]
    if len(some) != 1:
        raise TypeError(f"{hint!r} cannot travel on the bus: only unions with None can")
    encode, decode = shape_of(some[0]).encode, shape_of(some[0]).decode

    def encode_some(value: Any) -> Any:
        return None if value is None else encode(value)  # type: ignore[misc]

    def decode_some(value: Any) -> Any:
        return None if value is None else decode(value)

    return Shape(encode and encode_some, decode_some)


def _items(value: Any) -> list[Any]:
    if type(value) is not list:
        raise WrongShape(f"expected list, got {type(value).__name__}")
    return value


def _tuple(arms: tuple[Any, ...]) -> Shape:
    """Return the shape of ``tuple[T, ...]``, or of a tuple of fixed length."""
    if len(arms) == 2 and arms[1] is Ellipsis:
        return _collection(tuple, arms[0])
    shapes = [shape_of(arm) for arm in arms]
    encoders = [shape.encode or _as_it_is for shape in shapes]
    decoders = [shape.decode for shape in shapes]

    def encode(value: tuple[Any, ...]) -> list[Any]:
        return [encode(item) for encode, item in zip(encoders, value, strict=True)]

    def decode(value: Any) -> tuple[Any, ...]:
        if len(_items(value)) != len(decoders):
            raise WrongShape(f"expected {len(decoders)} items, got {len(value)}")
        return tuple(decode(item) for decode, item in zip(decoders, value, strict=True))

    return Shape(encode, decode)


def _collection(kind: type, arm: Any) -> Shape:
    """Return the shape of a list, of a tuple of any length, or of a frozenset (in order)."""
    arm_encode, decode_item = shape_of(arm).encode, shape_of(arm).decode
    encode_item = arm_encode or _as_it_is
    in_order = sorted if kind is frozenset else list

    def encode(value: Any) -> list[Any]:
        return in_order([encode_item(item) for item in value])

    def decode(value: Any) -> Any:
        return kind([decode_item(item) for item in _items(value)])

    return Shape(None if kind is not frozenset and arm_encode is None else encode, decode)


def _mapping(key: Any, arm: Any) -> Shape:
    """Return the shape of ``Mapping[str, T]``; it comes back as a dict."""
    if key is not str:
        raise TypeError(f"a mapping from {key!r} cannot travel on the bus: JSON has text keys")
    encode_item, decode_item = shape_of(arm).encode, shape_of(arm).decode

    def encode(value: Any) -> dict[str, Any]:
        if encode_item is None:
            return dict(value)  # json takes no other Mapping
        return {key: encode_item(item) for key, item in value.items()}

    def decode(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise WrongShape(f"expected dict, got {type(value).__name__}")
        return {key: decode_item(item) for key, item in value.items()}

    return Shape(encode, decode)


def _fetcher(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads these attributes as one tuple; attrgetter does so from two on."""
    if len(names) >= 2:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _dataclass(kind: type) -> Shape:
    """Return the shape of a dataclass: its ``init`` fields by name.

    A field that the other side does not know yet is skipped, one that it does not send any
    more takes its default: versions that live side by side during an upgrade understand
    each other.
    """
    hints = get_type_hints(kind)
    travelling = [field for field in fields(kind) if field.init]
    names = tuple(field.name for field in travelling)
    try:
        shapes = {name: shape_of(hints[name]) for name in names}
    except TypeError as error:
        raise TypeError(f"{kind.__name__}: {error}") from None
    fetch = _fetcher(names)
    special = [(name, shape.encode) for name, shape in shapes.items() if shape.encode]

    def encode(value: Any) -> dict[str, Any]:
        out = dict(zip(names, fetch(value), strict=True))
        for name, encode_field in special:
            out[name] = encode_field(out[name])
        return out

    decoders = [(field.name, shapes[field.name].decode, _is_needed(field)) for field in travelling]
    return Shape(encode, _dataclass_decoder(kind, decoders))


def _is_needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _dataclass_decoder(
    kind: type, decoders: list[tuple[str, Callable[[Any], Any], bool]]
) -> Callable[[Any], Any]:
    """Return what makes a ``kind`` of a JSON object."""

    def decode(value: Any) -> Any:
        if type(value) is not dict:
            raise WrongShape(f"expected {kind.__name__}, got {type(value).__name__}")
        found = {}
        for name, decode_field, needed in decoders:
            if name in value:
                try:
                    found[name] = decode_field(value[name])
                except WrongShape as wrong:
                    raise wrong.inside(name) from None
            elif needed:
                raise WrongShape("is missing").inside(name)
        try:
            return kind(**found)
        except ValueError as error:
            raise WrongShape(f"is no {kind.__name__}") from error

    return decode
