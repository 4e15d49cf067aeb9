"""What hosts say of themselves: that they are here, what they have, what runs on them."""

from __future__ import annotations

import structlog

from vmctld.bus.base import Bus, Delivery
from vmctld.compute import messages as m
from vmctld.domain.clock import Clock
from vmctld.domain.instance import Instance, TaskState, VmState
from vmctld.domain.machine import PowerState
from vmctld.errors import Forbidden
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts, instances

log = structlog.get_logger(__name__)

_ENDED = {PowerState.SHUTDOWN, PowerState.CRASHED, PowerState.NOSTATE}


class Hosts:
    """What the conductor does for hosts."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    def report(self, message: m.HostsReport, host: str, _delivery: Delivery) -> None:
        """Note that hosts are here; one process may speak for several of its own."""
        owned = {report.host for report in message.hosts}
        if host not in owned:
            raise Forbidden(f"{host} speaks for hosts that are not its own", code="not-your-host")
        reports = [(r.host, r.availability_zone, r.driver, r.capacity) for r in message.hosts]
        with self._database.write() as tx:
            news = hosts.seen(tx, reports, self._clock())
        if news:
            self._bus.fanout(m.HOSTS_CHANGED, m.HostsChanged((), reload=True))

    def reconcile(self, message: m.Reconcile, host: str, _delivery: Delivery) -> m.ReconcileAnswer:
        """Compare what runs on a host with what should, and say which machines must go.

        A machine whose state is unknown counts as there: nothing is decided on a guess.
        """
        with self._database.read() as tx:
            living = {instance.id: instance for instance in instances.on_host(tx, host)}
        unwanted = tuple(
            machine.instance_id
            for machine in message.machines
            if not _belongs(living.get(machine.instance_id), machine.attempt)
        )
        powers = {machine.instance_id: machine.power for machine in message.machines}
        settled = [one for one in living.values() if _is_active(one)]
        for instance in settled:
            power = powers.get(instance.id)
            if power is not None and power is not instance.power_state:
                self._set_power(instance.id, host, power)
        missing = tuple(one.id for one in settled if one.id not in powers)
        return m.ReconcileAnswer(unwanted, missing)

    def power_changed(self, message: m.PowerChanged, host: str, _delivery: Delivery) -> None:
        """Record what the hypervisor says; a machine that ended by itself is stopped."""
        self._set_power(message.instance_id, host, message.power_state)

    def _set_power(self, instance_id: str, host: str, power: PowerState) -> None:
        state = VmState.STOPPED if power in _ENDED else VmState.ACTIVE
        with self._database.write() as tx:
            changed = instances.set_power(tx, instance_id, host, power, state, self._clock())
        if changed:
            log.info("power state changed", instance_id=instance_id, power=power.name)
            self._bus.fanout(m.INSTANCE_CHANGED, m.InstanceChanged(instance_id))


def _is_active(instance: Instance) -> bool:
    return instance.task_state is None and instance.vm_state is VmState.ACTIVE


def _belongs(instance: Instance | None, attempt: int) -> bool:
    """True when a machine of that attempt may be on the host: its instance lives there."""
    if instance is None or instance.vm_state is VmState.ERROR:
        return False
    if instance.task_state is TaskState.DELETING:
        return True  # its own deletion ends it, in the right order
    return instance.attempt == attempt
