"""A bus that carries nothing: it keeps what is sent and lets a test answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vmctld.bus.base import Envelope, Handler, Settle

T = TypeVar("T")


class RecordingBus:
    """Fills ``bus.Bus`` for a test of one part."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, object]] = []
        self.settles: list[Settle] = []
        self.casts: list[tuple[str, object]] = []
        self.told: list[tuple[str, object]] = []
        self.asked: list[object] = []
        self.answers: list[object] = []  # to calls, in turn; an exception is raised
        self.handlers: dict[str, Handler] = {}
        self.has_room = True
        self._subscribers: list[tuple[str, Callable[[object], None]]] = []

    def named(self, sender: str) -> RecordingBus:
        """Return itself, whoever asks."""
        return self

    def serve(self, address: str, handler: Handler, *, pool: str, workers: int) -> None:
        """Keep the handler."""
        self.handlers[address] = handler

    def call(self, address: str, message: object, *, timeout_s: float) -> object:
        """Give the next answer."""
        self.asked.append(message)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def send(self, address: str, envelope: Envelope, on_settled: Settle) -> bool:
        """Keep a message, if there is room."""
        if self.has_room:
            self.sent.append((address, envelope.message))
            self.settles.append(on_settled)
        return self.has_room

    def cast(self, address: str, message: object) -> None:
        """Keep a message."""
        self.casts.append((address, message))

    def fanout(self, topic: str, message: object) -> None:
        """Keep a message and tell those who listen."""
        self.told.append((topic, message))
        for its_topic, subscriber in self._subscribers:
            if its_topic == topic:
                subscriber(message)

    def subscribe(self, topic: str, callback: Callable[[object], None]) -> None:
        """Listen."""
        self._subscribers.append((topic, callback))

    def depth(self) -> dict[str, int]:
        """Return nothing."""
        return {}

    def close(self) -> None:
        """Do nothing."""

    def messages(self, kind: type[T]) -> list[T]:
        """Return what was sent of one kind."""
        return [message for _, message in self.sent if isinstance(message, kind)]
