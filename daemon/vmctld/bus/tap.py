"""Where faults are put into a bus: a tap sees each message and says what becomes of it.

Buses have none unless somebody hands one over; the crash tests lose, double and delay
messages with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a message.  ``copies``: 0 it is lost, 2 it is doubled."""

    copies: int = 1
    delay_s: float = 0.0


class Tap(Protocol):
    """Decides over messages on their way."""

    def at_send(self, address: str, message: object) -> Fate:
        """Return the fate of a message, or of a fanout's (by its topic), that is being sent."""
        ...

    def at_delivery(self, address: str, message: object) -> Fate:
        """Return the fate of a message that was taken and is about to be handled."""
        ...
