"""For how long things have been as they are, by a clock that nobody can set.

The wall clock may jump by years at any moment: what is measured with it ends early, or never.
What was seen before a restart is not known here, so after one everything has its time again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable


class Stillness:
    """Remembers what things looked like at the last look, and since when."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._since: dict[Hashable, tuple[object, float]] = {}
        self._seen: set[Hashable] = set()

    def seconds(self, thing: Hashable, looks: object) -> float:
        """Return for how long ``thing`` has looked like this: 0 at first sight and at a change."""
        self._seen.add(thing)
        now = self._elapsed()
        looked, since = self._since.get(thing, (None, now))
        if thing not in self._since or looked != looks:
            self._since[thing] = looks, now
            return 0.0
        return now - since

    def forget_unseen(self) -> None:
        """Forget what was not looked at since the last time that this was called."""
        for thing in self._since.keys() - self._seen:
            del self._since[thing]
        self._seen.clear()
