"""Buses over one broker, as if each were a daemon of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.support.bus import DEADLINE_S
from tests.support.cable import Cable
from tests.support.rabbitmq import Broker
from vmctld.bus.rabbitmq import RabbitBus


class Yard:
    """An installation of a test's own: its queues begin with ``prefix``."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.prefix = f"test-{uuid.uuid4()}"
        self.cable = Cable(broker.port)
        self._buses: list[RabbitBus] = []

    def open(self, url: str = "", *, ready: bool = True, **options: object) -> RabbitBus:
        """Start a daemon's bus."""
        url = url or self.broker.url()
        bus = RabbitBus(url, prefix=self.prefix, **options)  # type: ignore[arg-type]
        self._buses.append(bus)
        if ready:
            bus.wait_ready(DEADLINE_S)
        return bus

    def open_by_cable(self, **options: object) -> RabbitBus:
        """Start a bus whose connection can be cut."""
        url = self.broker.url().replace(str(self.broker.port), str(self.cable.port))
        return self.open(url, **options)  # type: ignore[arg-type]

    def close(self) -> None:
        """Stop all daemons."""
        self.cable.mend()
        for bus in self._buses:
            bus.close()
        self.cable.close()


@pytest.fixture
def yard(broker: Broker) -> Iterator[Yard]:
    """Open buses that are closed in the end."""
    yard = Yard(broker)
    yield yard
    yard.close()
