"""Who wants to be told when an instance changes: no polling, not here and not by clients."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from vmctld.bus.base import Bus
from vmctld.compute.messages import INSTANCE_CHANGED, InstanceChanged


class Watchers:
    """Wakes those who wait for an instance, whichever process changed it."""

    def __init__(self, bus: Bus) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[str, list[threading.Event]] = {}
        bus.subscribe(INSTANCE_CHANGED, self._on_change)

    @contextmanager
    def watch(self, instance_id: str) -> Iterator[threading.Event]:
        """Give an event that is set at every change; the watcher clears it before it looks."""
        event = threading.Event()
        with self._guard:
            self._waiting.setdefault(instance_id, []).append(event)
        try:
            yield event
        finally:
            with self._guard:
                events = self._waiting[instance_id]
                events.remove(event)
                if not events:
                    del self._waiting[instance_id]

    def _on_change(self, news: object) -> None:
        if not isinstance(news, InstanceChanged):
            return
        with self._guard:
            events = tuple(self._waiting.get(news.instance_id, ()))
        for event in events:
            event.set()
