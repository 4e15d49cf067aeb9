"""What the hypervisor says of a machine, told to the conductor in the order in which it was seen.

An end may be seen while its build is not recorded yet, and the conductor takes no word on a
build: so whoever tells, tells what is there now, and a build looks once more when it is over.
"""

from __future__ import annotations

from vmctld.compute.agent.client import ConductorClient
from vmctld.domain.machine import PowerState
from vmctld.drivers.base import Driver
from vmctld.observe.locks import KeyedLocks


class PowerReports:
    """Tells what has become of the machines of one host."""

    def __init__(self, driver: Driver, conductor: ConductorClient, locks: KeyedLocks) -> None:
        self._driver = driver
        self._conductor = conductor
        self._locks = locks

    def tell(self, instance_id: str) -> None:
        """Say what the machine is now; raises VmctlError when nobody hears it."""
        with self._locks.hold(f"power of {instance_id}"):  # what was seen later is told later
            power = self._look(instance_id)
            if power is not None:
                self._conductor.power_changed(instance_id, power)

    def tell_unless_running(self, instance_id: str) -> None:
        """Say so if the machine that was just recorded as running does not run."""
        if self._look(instance_id) not in (PowerState.RUNNING, None):
            self.tell(instance_id)

    def _look(self, instance_id: str) -> PowerState | None:
        """Return what the machine is; None when its probe failed, which decides nothing."""
        status = self._driver.status(instance_id)
        return PowerState.SHUTDOWN if status is None else status.power
