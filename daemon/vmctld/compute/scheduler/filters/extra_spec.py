"""What a flavor's extra spec may ask of a value: nova's little language of operators.

``>= 4`` and its like compare numbers, ``s== x`` and its like compare texts, ``<in> x`` looks for
a part, ``<or> a <or> b`` takes any of them, and a plain value must be equal.  Nova's ``=`` means
"at least".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

_NUMBERS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.ge,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "s==": operator.eq,
    "s!=": operator.ne,
    "s<": operator.lt,
    "s<=": operator.le,
    "s>": operator.gt,
    "s>=": operator.ge,
}
_OR = "<or>"


def matches(value: str, wanted: str) -> bool:
    """Return whether ``value`` is what ``wanted`` asks for."""
    word, *rest = wanted.split() or [""]
    asked = " ".join(rest)
    if word == _OR:
        return value in (part.strip() for part in wanted.split(_OR)[1:])
    if word == "<in>":
        return bool(asked) and asked in value
    if word == "<all-in>":
        return bool(rest) and all(part in value for part in rest)
    if word in _TEXTS and rest:
        return _TEXTS[word](value, asked)
    if word in _NUMBERS and rest:
        return _compares(_NUMBERS[word], value, asked)
    return value == wanted


def _compares(holds: Callable[[float, float], bool], value: str, asked: str) -> bool:
    try:
        return holds(float(value), float(asked))
    except ValueError:
        return False
