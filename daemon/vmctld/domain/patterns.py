"""Patterns of names and addresses: regular expressions that nobody can make slow.

``re`` tries one way after the other, and a pattern such as ``(a+)+$`` keeps it busy for years:
one user would stop the daemon for all.  Here all ways are followed at once, and the sets of
places reached are remembered, so that a text costs a look-up for each of its characters.
What cannot be done that way (look-around, back references) is refused.
"""

from __future__ import annotations

from functools import lru_cache

from vmctld.domain.pattern_syntax import END, MATCH, SPLIT, START, Step, steps_of

MAX_CHARS = 255
MAX_REMEMBERED = 4096  # sets of places; then it begins anew

Places = frozenset[int]


class Pattern:
    """One pattern, ready to be searched for."""

    def __init__(self, text: str) -> None:
        self._steps: tuple[Step, ...] = steps_of(text)
        self._next: dict[tuple[Places, str], Places] = {}
        self._begin = self._reached([0], at_start=True)
        self._anywhere = self._reached([0], at_start=False)

    def fits_in(self, text: str) -> bool:
        """Tell whether the pattern fits somewhere in ``text``."""
        places = self._begin
        for character in text:
            if self._is_match(places):
                return True
            after = self._next.get((places, character))
            if after is None:
                after = self._after(places, character)
            places = after
        return self._is_match(places) or self._is_match(self._at_end(places))

    def _after(self, places: Places, character: str) -> Places:
        moved = [
            place + 1
            for place in places
            if (accepts := self._steps[place].accepts) is not None and accepts(character)
        ]
        after = self._reached(moved, at_start=False) | self._anywhere
        if len(self._next) >= MAX_REMEMBERED:
            self._next.clear()
        self._next[places, character] = after
        return after

    def _is_match(self, places: Places) -> bool:
        return any(self._steps[place].kind == MATCH for place in places)

    def _at_end(self, places: Places) -> Places:
        """Return what is reached from ``places`` where the text ends."""
        passed: set[int] = set()
        while ends := {p for p in places if self._steps[p].kind == END} - passed:
            passed |= ends
            places |= self._reached([place + 1 for place in ends], at_start=False)
        return places

    def _reached(self, begin: list[int], *, at_start: bool) -> Places:
        """Return every place that is reached from ``begin`` without reading a character."""
        found: set[int] = set()
        waiting = list(begin)
        while waiting:
            place = waiting.pop()
            if place in found:
                continue
            found.add(place)
            step = self._steps[place]
            if step.kind == SPLIT:
                waiting += step.targets
            elif step.kind == START and at_start:
                waiting.append(place + 1)
        return frozenset(found)


@lru_cache(maxsize=64)
def pattern(text: str) -> Pattern:
    """Return the pattern of ``text``; raises InvalidRequest (``invalid-pattern``)."""
    return Pattern(text)


def fits(text: str | None, value: str | None) -> bool:
    """Tell whether ``text`` as a pattern fits somewhere in ``value``; as the database asks."""
    return text is not None and value is not None and pattern(text).fits_in(value)
