r"""What a pattern may say, as steps that are followed one by one.

Characters, ``.``, ``[a-z]``, ``\d \w \s`` and their opposites, ``^ $``, groups, ``|``, and
``* + ? {n} {n,} {n,m}``: the part of regular expressions that all databases read alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vmctld.errors import InvalidRequest

READ, SPLIT, START, END, MATCH = range(5)
MAX_PATTERN_CHARS = 255
MAX_REPEATS = 255
MAX_STEPS = 2000
MAX_DEPTH = 20  # of groups in groups

Accepts = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Step:
    """Reads one character, goes on in several ways, or asks where it is."""

    kind: int
    accepts: Accepts | None = None
    targets: tuple[int, ...] = ()  # of a split: where it goes on


def steps_of(text: str) -> tuple[Step, ...]:
    """Return the steps of a pattern; the last is MATCH.  Raises InvalidRequest."""
    if len(text) > MAX_PATTERN_CHARS:
        raise _invalid(f"has {len(text)} characters, {MAX_PATTERN_CHARS} at most")
    parser = _Parser(text)
    body = parser.alternatives(0)
    if not parser.is_over:
        raise _invalid("has a ) without its (")
    return (*_placed(body, 0), Step(MATCH))


# Steps that know their targets only as distances: so they can be moved and repeated
_Relative = list[Step]


def _placed(steps: _Relative, start: int) -> list[Step]:
    return [
        Step(step.kind, step.accepts, tuple(start + place + to for to in step.targets))
        for place, step in enumerate(steps)
    ]


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def is_over(self) -> bool:
        return self._at == len(self._text)

    def alternatives(self, depth: int) -> _Relative:
        """Parse ``one|other``, up to the end or to a closing bracket."""
        if depth > MAX_DEPTH:
            raise _invalid(f"has more than {MAX_DEPTH} groups in each other")
        found = self._sequence(depth)
        while self._takes("|"):
            other = self._sequence(depth)
            first = Step(SPLIT, targets=(1, len(found) + 2))
            leave = Step(SPLIT, targets=(len(other) + 1,))
            found = _bounded([first, *found, leave, *other])
        return found

    def _sequence(self, depth: int) -> _Relative:
        found: _Relative = []
        while not self.is_over and self._text[self._at] not in "|)":
            found = _bounded(found + self._repeated(self._atom(depth)))
        return found

    def _atom(self, depth: int) -> _Relative:
        character = self._take()
        if character == "(":
            if self._takes("?") and not self._takes(":"):
                raise _invalid("looks around or names a group, which is not supported")
            inner = self.alternatives(depth + 1)
            if not self._takes(")"):
                raise _invalid("has a ( without its )")
            return inner
        if character in "*+?":
            raise _invalid(f"has a {character} with nothing before it")
        if character == "^":
            return [Step(START)]
        if character == "$":
            return [Step(END)]
        return [Step(READ, self._reader(character))]

    def _reader(self, character: str) -> Accepts:
        if character == ".":
            return lambda _: True
        if character == "[":
            return self._set()
        if character == "\\":
            return _escaped(self._take())
        return character.__eq__

    def _set(self) -> Accepts:
        """Parse ``[...]`` behind its first bracket."""
        negated = self._takes("^")
        accepted: list[Accepts] = []
        while not accepted or not self._takes("]"):
            first = self._take()
            if first == "\\":
                accepted.append(_escaped(self._take()))
                continue
            if self._text[self._at : self._at + 1] == "-" and self._text[
                self._at + 1 : self._at + 2
            ] not in ("", "]"):
                self._take()
                last = self._take()
                if last == "\\" or last < first:
                    raise _invalid(f"has the range {first}-{last}, which holds nothing")
                accepted.append(_range(first, last))
            else:
                accepted.append(first.__eq__)
        return lambda character: any(one(character) for one in accepted) != negated

    def _repeated(self, atom: _Relative) -> _Relative:
        least, most = 1, 1
        if self._takes("*"):
            least, most = 0, -1
        elif self._takes("+"):
            least, most = 1, -1
        elif self._takes("?"):
            least, most = 0, 1
        elif self._text[self._at : self._at + 1] == "{":
            least, most = self._counts()
        else:
            return atom
        if self._text[self._at : self._at + 1] in ("*", "+", "?", "{"):
            raise _invalid("repeats a repetition")
        return _copies(atom, least, most)

    def _counts(self) -> tuple[int, int]:
        inside, brace, _ = self._text[self._at + 1 :].partition("}")
        least, comma, most = inside.partition(",")
        if not brace or not (least.isdecimal() and (most.isdecimal() or not most)):
            raise _invalid("has a { that is no {n}, {n,} or {n,m}")
        self._at += len(inside) + 2
        low = int(least)
        high = low if not comma else int(most) if most else -1
        if max(low, high) > MAX_REPEATS or (high != -1 and high < low):
            raise _invalid(f"repeats {inside} times; 0 to {MAX_REPEATS} is possible")
        return low, high

    def _take(self) -> str:
        if self.is_over:
            raise _invalid("ends too early")
        self._at += 1
        return self._text[self._at - 1]

    def _takes(self, character: str) -> bool:
        found = self._text[self._at : self._at + 1] == character
        self._at += found
        return found


def _copies(atom: _Relative, least: int, most: int) -> _Relative:
    """Return ``atom`` repeated; most -1: without end."""
    found = _bounded(atom * least)
    if most == -1:
        again = Step(SPLIT, targets=(1, len(atom) + 2))
        back = Step(SPLIT, targets=(-len(atom) - 1,))
        return _bounded([*found, again, *atom, back])
    for left in range(most - least, 0, -1):
        skip = Step(SPLIT, targets=(1, left * (len(atom) + 1)))
        found = _bounded([*found, skip, *atom])
    return found


def _bounded(steps: _Relative) -> _Relative:
    if len(steps) > MAX_STEPS:
        raise _invalid("repeats too much")
    return steps


def _range(first: str, last: str) -> Accepts:
    return lambda character: first <= character <= last


_CLASSES: dict[str, Accepts] = {
    "d": str.isdecimal,
    "w": lambda character: character.isalnum() or character == "_",
    "s": str.isspace,
}


def _escaped(letter: str) -> Accepts:
    if letter.lower() in _CLASSES:
        positive = _CLASSES[letter.lower()]
        return positive if letter.islower() else lambda character: not positive(character)
    if letter.isalnum():
        raise _invalid(f"has \\{letter}, which is not supported")
    return letter.__eq__


def _invalid(why: str) -> InvalidRequest:
    return InvalidRequest(
        f"the pattern {why}",
        code="invalid-pattern",
        hint=r"for instance: ^web-[0-9]+$ ; a \ before a character takes it as it is",
    )
