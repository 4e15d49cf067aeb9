"""The scheduler role: takes the calls of step 8.  Any number of processes may have it."""

from __future__ import annotations

from vmctld.app.buses import Buses
from vmctld.app.data import Data
from vmctld.app.pipeline import serve_scheduler
from vmctld.domain.clock import utc_now


class SchedulerRole:
    """The scheduler of this process."""

    def __init__(self, data: Data, buses: Buses) -> None:
        self._data = data
        self._buses = buses

    def start(self) -> None:
        """Take requests, as soon as they come."""
        serve_scheduler(
            self._data.database,
            self._data.outbox,
            self._buses.of("scheduler"),
            utc_now,
            self._buses.hears_hosts,
        )

    def stop(self) -> None:
        """End; the bus has stopped to bring requests."""
