"""Who listens to what in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)
Subscriber = Callable[[object], None]


class Topics:
    """Subscribers by topic.  Those who publish read without a lock."""

    def __init__(self) -> None:
        self._subscribers: dict[str, tuple[Subscriber, ...]] = {}
        self._changes = threading.Lock()

    def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        """Add a subscriber."""
        with self._changes:
            self._subscribers[topic] = (*self._subscribers.get(topic, ()), subscriber)

    def publish(self, topic: str, message: object) -> None:
        """Call the subscribers of ``topic``; one that fails does not keep it from the others."""
        for subscriber in self._subscribers.get(topic, ()):
            try:
                subscriber(message)
            except Exception:
                log.exception("subscriber-failed", topic=topic)
