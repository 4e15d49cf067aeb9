"""The operators' tools, over what this process sees of the installation."""

from __future__ import annotations

from collections.abc import Mapping

from vmctld.app.buses import Buses
from vmctld.app.data import Data
from vmctld.compute.messages import HOSTS_CHANGED, HostsChanged
from vmctld.config import Settings
from vmctld.domain.clock import utc_now
from vmctld.drivers.base import Driver
from vmctld.operations.installation import Installation
from vmctld.operations.letters import Letters
from vmctld.operations.service import Operations


def make_operations(
    settings: Settings, data: Data, buses: Buses, drivers: Mapping[str, Driver]
) -> Operations:
    """Return the tools; ``drivers`` are those of the hosts in this process."""
    bus = buses.bus
    letters = Letters(data.database, data.outbox, utc_now)
    return Operations(
        Installation(
            database=data.database,
            state_dir=settings.state_dir,
            store_dir=settings.store,
            drivers=drivers,
            clock=utc_now,
            build_timeout_s=settings.build_timeout_s,
            listen=settings.listen,
            failpoint=(settings.failpoint or "") if settings.enable_failpoints else None,
            bus=bus,
            hosts_changed=lambda: bus.fanout(HOSTS_CHANGED, HostsChanged((), reload=True)),
        ),
        letters,
    )
