"""What values of each type look like on the wire, and which wires are refused."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import vmctld.domain
from tests.support.bus import Colour, Level
from vmctld.bus.shapes import WrongShape, shape_of
from vmctld.domain.pattern_syntax import Step


@dataclass(frozen=True)
class Leaf:
    size: int
    name: str = "leaf"
    label: str = field(init=False, default="")

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("a size is not negative")


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...] = ()
    tips: tuple[tuple[str, Leaf], ...] = ()


@dataclass(frozen=True)
class Bare:
    """Nothing to say but its name."""


@dataclass(frozen=True)
class Strange:
    thing: complex


class Loose(Enum):
    ONE = object()


def on_the_wire(hint: Any, value: object) -> object:
    encode = shape_of(hint).encode
    return value if encode is None else encode(value)


@pytest.mark.parametrize(
    ("hint", "value", "wire"),
    [
        (bytes, b"\x00\xff", "AP8="),
        (datetime, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (Path, Path("/a/b"), "/a/b"),
        (Colour, Colour.RED, "red"),
        (Level, Level.HIGH, 3),
        (tuple[int, ...], (1, 2), (1, 2)),
        (tuple[bytes, ...], (b"",), [""]),
        (tuple[int, bytes], (1, b""), [1, ""]),
        (list[bytes], [b""], [""]),
        (frozenset[str], frozenset("cab"), ["a", "b", "c"]),
        (dict[str, bytes], {"a": b""}, {"a": ""}),
        (Mapping[str, int], {"a": 1}, {"a": 1}),
        (bytes | None, None, None),
        (bytes | None, b"", ""),
        (Bare, Bare(), {}),
        (Leaf, Leaf(1), {"size": 1, "name": "leaf"}),
        (Tree, Tree((Leaf(1),)), {"leaves": [{"size": 1, "name": "leaf"}], "tips": []}),
    ],
)
def test_a_value_on_the_wire(hint: Any, value: object, wire: object) -> None:
    assert on_the_wire(hint, value) == wire


def test_a_time_of_another_zone_is_the_same_moment_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))

    assert on_the_wire(datetime, datetime(2026, 1, 2, 3, tzinfo=berlin)) == "2026-01-02T02:00:00Z"
    assert shape_of(datetime).decode("2026-01-02T03:00:00+01:00") == datetime(
        2026, 1, 2, 2, tzinfo=UTC
    )


def test_a_time_without_a_zone_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValueError, match="time zone"):
        on_the_wire(datetime, datetime(2026, 1, 2))


@pytest.mark.parametrize(
    ("hint", "wire", "problem"),
    [
        (str, 1, "expected str, got int"),
        (int, 1.0, "expected int, got float"),
        (bool, 1, "expected bool, got int"),
        (float, "1", "expected float, got str"),
        (float, True, "expected float, got bool"),
        (type(None), 0, "expected NoneType, got int"),
        (bytes, "!", "base64"),
        (bytes, "ä", "base64"),
        (bytes, 1, "expected str"),
        (datetime, "now", "RFC 3339"),
        (datetime, "2026-01-02T03:04:05", "with its zone"),
        (Path, 1, "expected str"),
        (Colour, "green", "no such Colour"),
        (Colour, ["red"], "expected a Colour, got list"),
        (Level, 9, "no such Level"),
        (tuple[int, ...], {"a": 1}, "expected list, got dict"),
        (tuple[int, int], [1], "expected 2 items, got 1"),
        (frozenset[str], ["a", 1], "expected str, got int"),
        (dict[str, int], [], "expected dict, got list"),
        (int | None, "1", "expected int, got str"),
        (Leaf, [], "expected Leaf, got list"),
        (Leaf, {"size": -1}, "is no Leaf"),
    ],
)
def test_what_is_not_of_the_type_is_refused(hint: Any, wire: object, problem: str) -> None:
    with pytest.raises(WrongShape) as refusal:
        shape_of(hint).decode(wire)

    assert problem in refusal.value.problem


def test_a_refusal_names_the_place_inside() -> None:
    with pytest.raises(WrongShape) as refusal:
        shape_of(Tree).decode({"leaves": [{"size": 1}, {"size": "2"}]})

    assert refusal.value.path == "leaves.size"


def test_an_int_is_a_float_to_who_expects_one() -> None:
    value = shape_of(float).decode(1)

    assert (value, type(value)) == (1.0, float)


def test_a_field_that_is_not_known_yet_is_skipped_and_one_not_sent_takes_its_default() -> None:
    assert shape_of(Leaf).decode({"size": 1, "colour": "green"}) == Leaf(1, "leaf")


@pytest.mark.parametrize(
    "hint", [complex, Loose, int | str, dict[int, str], set[str], Strange, tuple[complex, ...], Any]
)
def test_a_type_that_cannot_travel_is_refused_when_it_is_registered(hint: Any) -> None:
    with pytest.raises(TypeError, match="cannot travel"):
        shape_of(hint)


def test_the_refusal_of_a_type_names_the_class_that_has_it() -> None:
    with pytest.raises(TypeError, match="Strange: "):
        shape_of(Strange)


def domain_classes() -> list[type]:
    modules = [
        importlib.import_module(f"vmctld.domain.{found.name}")
        for found in pkgutil.iter_modules(vmctld.domain.__path__)
    ]
    return [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module.__name__
        if kind is not Step  # half of a pattern that is being read: no noun of the domain
    ]


@pytest.mark.parametrize("kind", domain_classes(), ids=lambda kind: str(kind.__name__))
def test_every_class_of_the_domain_can_travel(kind: type) -> None:
    assert shape_of(kind).encode is not None
