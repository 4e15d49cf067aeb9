"""The ``query`` hint: a condition on hosts as JSON, such as ``[">=", "$free_ram_mb", 1024]``.

Nova's JsonFilter.  What comes from a user is taken apart here, bounded in size and depth, and
becomes a tree of our own; nothing of it is ever run.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from vmctld.domain.host import HostState
from vmctld.domain.names import shown
from vmctld.errors import InvalidRequest

MAX_CHARS = 4096
MAX_DEPTH = 8
MAX_PARTS = 100

Value: TypeAlias = str | int | float | bool

VARIABLES: Mapping[str, Callable[[HostState], Value]] = {
    "$host": lambda host: host.name,
    "$hypervisor_hostname": lambda host: host.name,
    "$hypervisor_type": lambda host: host.driver,
    "$availability_zone": lambda host: host.availability_zone,
    "$free_ram_mb": lambda host: host.free_ram_mib,
    "$free_disk_mb": lambda host: host.free_disk_gib * 1024,
    "$free_vcpus": lambda host: host.free_vcpus,
    "$total_usable_ram_mb": lambda host: host.ram_mib,
    "$total_usable_disk_gb": lambda host: host.disk_gib,
    "$disk_mb_used": lambda host: host.claimed.disk_gib * 1024,
    "$vcpus_total": lambda host: host.vcpus,
    "$vcpus_used": lambda host: host.claimed.vcpus,
    "$num_instances": lambda host: host.instances,
    "$num_io_ops": lambda host: host.io_ops,
}
"""Nova's names, with nova's units."""

NAMES = ("$host", "$hypervisor_hostname")  # the operator's: reasons do not tell them
_COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_JOIN = ("and", "or", "not")


@dataclass(frozen=True, slots=True)
class Comparison:
    """``[op, left, right, ...]``: ``left`` against each of the others; ``in`` against any."""

    word: str
    left: Value
    others: tuple[Value, ...]

    def holds(self, host: HostState) -> bool:
        """Return whether it is so on ``host``; texts and numbers are never the same."""
        left = value_on(host, self.left)
        others = [value_on(host, other) for other in self.others]
        if self.word == "in":
            return left in others
        compare = _COMPARE[self.word]
        return all(_alike(left, other) and compare(left, other) for other in others)

    def said(self, host: HostState) -> str:
        """Return the comparison with the numbers of ``host``, and without its name."""
        text = json.dumps([self.word, self.left, *self.others])
        parts = [part for part in (self.left, *self.others) if part in VARIABLES]
        parts = [part for part in parts if part not in NAMES]
        facts = ", ".join(f"{str(part)[1:]} is {value_on(host, part)}" for part in parts)
        return f"{text} does not hold: {facts}" if facts else f"{text} does not hold"


@dataclass(frozen=True, slots=True)
class Junction:
    """``["and", ...]``, ``["or", ...]``, or ``["not", ...]``: none of its parts."""

    word: str
    parts: tuple[Query, ...]

    def holds(self, host: HostState) -> bool:
        """Return whether it is so on ``host``."""
        results = (part.holds(host) for part in self.parts)
        if self.word == "and":
            return all(results)
        return any(results) if self.word == "or" else not any(results)

    def said(self, host: HostState) -> str:
        """Return what does not hold on ``host``: for ``and`` the first part that does not."""
        if self.word == "and":
            return next(part.said(host) for part in self.parts if not part.holds(host))
        count = len(self.parts)
        return f"{'none' if self.word == 'or' else 'one'} of {count} conditions holds"


Query = Comparison | Junction


def value_on(host: HostState, value: Value) -> Value:
    """Return ``value``, or what it stands for on ``host``."""
    variable = VARIABLES.get(value) if isinstance(value, str) else None
    return value if variable is None else variable(host)


def parse_query(text: str) -> Query:
    """Return the condition that ``text`` says.  Raises InvalidRequest (``invalid-query``)."""
    if len(text) > MAX_CHARS:
        raise _invalid(f"it has {len(text)} characters, {MAX_CHARS} at most")
    try:
        read = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _invalid("it is no JSON") from error
    budget = [MAX_PARTS]
    return _query(read, 1, budget)


def _query(read: object, depth: int, budget: list[int]) -> Query:
    budget[0] -= 1
    if budget[0] < 0:
        raise _invalid(f"it has more than {MAX_PARTS} parts")
    if depth > MAX_DEPTH:
        raise _invalid(f"it is nested more than {MAX_DEPTH} deep")
    if not isinstance(read, list) or len(read) < 2 or not isinstance(read[0], str):
        raise _invalid("each condition is a list: an operator, then what it is about")
    word, *rest = read
    if word in _JOIN:
        return Junction(word, tuple(_query(part, depth + 1, budget) for part in rest))
    if word not in _COMPARE and word != "in":
        raise _invalid(f"{shown(word[:32])} is no operator")
    if len(rest) < 2:
        raise _invalid(f"{word} compares two things at least")
    values = tuple(_value(part) for part in rest)
    return Comparison(word, values[0], values[1:])


def _value(read: object) -> Value:
    if not isinstance(read, str | int | float):
        raise _invalid("only texts and numbers can be compared")
    if isinstance(read, str) and read.startswith("$") and read not in VARIABLES:
        raise _invalid(f"hosts have no {shown(read[:64])}")
    return read


def _alike(one: Value, other: Value) -> bool:
    return isinstance(one, str) == isinstance(other, str)


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _invalid(problem: str) -> InvalidRequest:
    return InvalidRequest(
        f"the hint query cannot be understood: {problem}",
        code="invalid-query",
        hint='for instance: --hint query=\'[">=", "$free_ram_mb", 1024]\'',
        facts={"operators": [*_COMPARE, "in", *_JOIN], "variables": [*VARIABLES]},
    )
