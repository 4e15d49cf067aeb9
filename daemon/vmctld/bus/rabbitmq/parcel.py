"""What is handed to the broker, and who hears of its fate."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import pika

from vmctld.errors import VmctlError


@dataclass(eq=False, slots=True)
class Parcel:
    """One message for the broker.

    ``on_confirmed`` and ``on_failed`` are called on the link's thread: they must be quick.
    """

    routing_key: str
    body: bytes
    properties: pika.BasicProperties
    exchange: str = ""
    mandatory: bool = False  # somebody must be there to take it
    kept: bool = False  # until confirmed, whatever happens to the connection
    on_confirmed: Callable[[], None] | None = None
    on_failed: Callable[[VmctlError], None] | None = None
    returned: bool = False
    sent_s: float = 0.0  # on the monotonic clock

    def copied(self) -> Parcel:
        """Return a parcel of its own for the same message: properties carry its tag."""
        return replace(self, properties=copy.copy(self.properties))

    def confirm(self) -> None:
        """The broker has it."""
        if self.on_confirmed is not None:
            self.on_confirmed()

    def fail(self, error: VmctlError) -> None:
        """It will not arrive."""
        if self.on_failed is not None:
            self.on_failed(error)
