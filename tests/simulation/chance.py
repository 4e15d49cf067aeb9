"""What goes wrong, and how often.  One seed decides over all of it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Odds:
    """How likely each fault is, each time that it could happen."""

    crash: float = 0.0  # at a point of the code, or of the services
    pause: float = 0.0  # the same: frozen there until somebody resumes it
    error: float = 0.0  # the same: raises
    lose: float = 0.0  # a message, a question or an answer
    double: float = 0.0
    zombie: float = 0.0  # frozen work of an agent that goes on after its daemon was replaced


CALM = Odds()
STORMY = Odds(crash=0.002, pause=0.04, error=0.006, lose=0.02, double=0.03, zombie=0.5)


def any_odds(seed: int) -> Odds:
    """Return odds of the seed's own: some storms are all crashes, some all lost messages."""
    draw = random.Random(f"odds of {seed}")
    worst = Odds(crash=0.01, pause=0.15, error=0.05, lose=0.1, double=0.15, zombie=0.9)
    return Odds(**{name: high * draw.random() ** 2 for name, high in asdict(worst).items()})


class Chance:
    """Draws."""

    def __init__(self, seed: int, odds: Odds) -> None:
        self.odds = odds
        self._random = random.Random(seed)

    def calm(self) -> None:
        """Let nothing go wrong from now on."""
        self.odds = CALM

    def happens(self, likelihood: float) -> bool:
        """Return whether something of that likelihood happens now."""
        return likelihood > 0 and self._random.random() < likelihood

    def uuid(self) -> uuid.UUID:
        """Return an id."""
        return uuid.UUID(int=self._random.getrandbits(128), version=4)

    def one_of(self, things: Sequence[T]) -> T:
        """Return any of ``things``."""
        return things[self._random.randrange(len(things))]

    def weighted(self, things: Sequence[T], weights: Sequence[float]) -> T:
        """Return any of ``things``, some more often than others."""
        return self._random.choices(things, weights)[0]

    def seconds(self, at_most: float) -> float:
        """Return a time: most are short."""
        return at_most * self._random.random() ** 3
