"""The bus of one process: in its memory, or on a broker by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmctld.app.patience import Patience
from vmctld.bus.base import Bus, OnDeadLetter
from vmctld.bus.inproc import InprocBus
from vmctld.bus.tap import Tap
from vmctld.config import Settings
from vmctld.errors import NotSupported, Unavailable

if TYPE_CHECKING:
    from vmctld.bus.rabbitmq import RabbitBus

READY_TIMEOUT_S = 5.0
HEARS_ALL_AFTER_S = 30.0  # three of the hosts' reports


class Buses:
    """Hands out the bus, to each part as itself."""

    def __init__(
        self, settings: Settings, on_dead_letter: OnDeadLetter | None, tap: Tap | None
    ) -> None:
        self._is_closed = False
        self._broker: RabbitBus | None = None
        self.bus: InprocBus | RabbitBus
        if not settings.uses_broker:
            self.bus = InprocBus("vmctld", on_dead_letter=on_dead_letter, tap=tap)
        else:
            self.bus = self._broker = _on_broker(settings, on_dead_letter, tap)

    def of(self, part: str) -> Bus:
        """Return the bus as a part of the daemon that is on no compute host.

        On a broker it sends as the user of the URL, whom the broker knows.
        """
        return self.bus if self._broker else self.bus.named(part)

    @property
    def is_shared(self) -> bool:
        """True when other processes are on it."""
        return self._broker is not None

    def wait_ready(self, patience: Patience) -> None:
        """Return when it works; raises Unavailable for what no waiting mends, and Stopped."""
        broker = self._broker
        if broker is not None:
            from vmctld.bus.rabbitmq.core import HOPELESS

            patience.until("the broker", lambda: broker.wait_ready(READY_TIMEOUT_S), HOPELESS)

    def problem(self) -> Unavailable | None:
        """Return why it does not work at the moment; None when it does."""
        return self._broker.problem() if self._broker else None

    def hears_hosts(self) -> bool:
        """True when a silent host is a host that is down: all others could be heard."""
        return self._broker is None or self._broker.up_s() >= HEARS_ALL_AFTER_S

    def close(self) -> None:
        """Take no more messages; what is not acknowledged stays for others.  Safe to repeat."""
        if not self._is_closed:
            self._is_closed = True
            self.bus.close()


def _on_broker(
    settings: Settings, on_dead_letter: OnDeadLetter | None, tap: Tap | None
) -> RabbitBus:
    try:
        from vmctld.bus.rabbitmq import RabbitBus
    except ModuleNotFoundError as error:
        raise NotSupported(
            "RabbitMQ needs a library that is not installed",
            code="bus-library-missing",
            hint="pip install 'vmctl[rabbitmq]'",
        ) from error
    return RabbitBus(settings.bus_url, on_dead_letter=on_dead_letter, tap=tap)
