"""What hosts say of themselves: that they are here, what they have, what runs on them."""

from __future__ import annotations

from collections.abc import Mapping

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
_SETTLED = {VmState.ACTIVE, VmState.STOPPED}


class Hosts:
    """What the conductor does for hosts."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    def report(self, message: m.HostsReport, host: str, _delivery: Delivery) -> None:
        """Note that a host is here; its agent speaks for no other."""
        if any(report.host != host for report in message.hosts):
            raise Forbidden(f"{host} speaks for hosts that are not its own", code="not-your-host")
        self.report_all(message)

    def report_all(self, message: m.HostsReport) -> None:
        """Note that hosts are here."""
        reports = [(r.host, r.availability_zone, r.driver, r.capacity) for r in message.hosts]
        uptimes = {r.host: r.uptime for r in message.hosts}
        if self._database.run(lambda tx: hosts.seen(tx, reports, self._clock(), uptimes)):
            self._bus.fanout(m.HOSTS_CHANGED, m.HostsChanged((), reload=True))

    def reconcile(self, message: m.Reconcile, host: str, _delivery: Delivery) -> m.ReconcileAnswer:
        """Compare what runs on a host with what should: which must go, which are to be looked at.

        Nothing is recorded from this list, which is older than what the agent has told since.
        A machine whose state is unknown is as recorded: nothing is decided on a guess.
        """
        with self._database.read() as tx:
            living = {instance.id: instance for instance in instances.on_host(tx, host)}
        unwanted = tuple(
            machine.instance_id
            for machine in message.machines
            if not _belongs(living.get(machine.instance_id), machine.attempt)
        )
        powers = {machine.instance_id: machine.power for machine in message.machines}
        differing = tuple(one.id for one in living.values() if _differs(one, powers))
        return m.ReconcileAnswer(unwanted, differing)

    def power_changed(self, message: m.PowerChanged, host: str, _delivery: Delivery) -> None:
        """Record what the hypervisor says; a machine that ended by itself is stopped."""
        instance_id, power = message.instance_id, message.power_state
        has_ended, now = power in _ENDED, self._clock()
        state = VmState.STOPPED if has_ended else VmState.ACTIVE
        only_in = {*_SETTLED, VmState.PAUSED} if has_ended else _SETTLED
        if self._database.run(
            lambda tx: instances.set_power(
                tx, instance_id, host, power, state, now, only_in=only_in
            )
        ):
            log.info("power state changed", instance_id=instance_id, power=power.name)
            self._bus.fanout(m.INSTANCE_CHANGED, m.InstanceChanged(instance_id))


def _differs(instance: Instance, powers: Mapping[str, PowerState | None]) -> bool:
    """True for a settled instance whose machine is not what its record says."""
    if instance.task_state is not None:
        return False
    power = powers.get(instance.id, PowerState.NOSTATE)  # not there: as if it had ended
    if instance.vm_state is VmState.PAUSED:
        return power in _ENDED
    if instance.id not in powers:
        return instance.vm_state is VmState.ACTIVE
    return instance.vm_state in _SETTLED and power not in (None, instance.power_state)


def _belongs(instance: Instance | None, attempt: int) -> bool:
    """True when a machine of that attempt may be on the host: its instance lives there."""
    if instance is None or (instance.vm_state is VmState.ERROR and not instance.launched_at):
        return False  # one that has run keeps its machine: its disk is the user's
    if instance.task_state is TaskState.DELETING:
        return True  # its own deletion ends it, in the right order
    return instance.attempt == attempt
