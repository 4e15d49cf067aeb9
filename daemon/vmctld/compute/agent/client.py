"""How the agent talks to the conductor: every method is one message on the bus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from vmctld.bus.base import Bus
from vmctld.compute import messages as m
from vmctld.domain.instance import Address, Fault
from vmctld.domain.machine import MachineStatus, PowerState
from vmctld.domain.trace import TracedStep
from vmctld.errors import Internal

CALL_TIMEOUT_S = 30.0
A = TypeVar("A")


class ConductorClient:
    """The conductor, as one host's agent reaches it."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def load(self, message: m.BuildInstance, dispatch: tuple[TracedStep, ...]) -> m.BuildData:
        """Return what to build (step 14)."""
        question = m.LoadInstance(message.instance_id, message.attempt, dispatch)
        return self._ask(question, m.BuildData)

    def await_slot(self, message: m.BuildInstance) -> None:
        """Say that the build waits for a start slot."""
        self._bus.cast(m.CONDUCTOR_ADDRESS, m.AwaitSlot(message.instance_id, message.attempt))

    def record_progress(
        self, instance_id: str, attempt: int, records: Sequence[m.ActionRecord]
    ) -> bool:
        """Write a boundary; False when the build is nobody's any more."""
        question = m.RecordProgress(instance_id, attempt, tuple(records))
        return self._ask(question, m.ProgressAnswer).go_on

    def succeeded(
        self,
        instance_id: str,
        attempt: int,
        record: m.ActionRecord,
        addresses: tuple[Address, ...],
        machine: MachineStatus | None,
    ) -> bool:
        """Say that the machine runs; False when nobody wants it any more."""
        question = m.BuildSucceeded(
            instance_id=instance_id,
            attempt=attempt,
            record=record,
            addresses=addresses,
            ssh_port=machine.ssh_port if machine else None,
            accelerator=machine.accelerator if machine else None,
        )
        return self._ask(question, m.ProgressAnswer).go_on

    def failed(
        self,
        instance_id: str,
        attempt: int,
        records: Sequence[m.ActionRecord],
        fault: Fault,
        elsewhere: bool,
    ) -> None:
        """Say that the build failed and this host is clean again."""
        message = m.BuildFailed(instance_id, attempt, tuple(records), fault, elsewhere)
        self._bus.call(m.CONDUCTOR_ADDRESS, message, timeout_s=CALL_TIMEOUT_S)

    def destroyed(self, instance_id: str) -> None:
        """Say that nothing of the instance is left here."""
        message = m.InstanceDestroyed(instance_id)
        self._bus.call(m.CONDUCTOR_ADDRESS, message, timeout_s=CALL_TIMEOUT_S)

    def report(self, reports: Sequence[m.HostReport]) -> None:
        """Say that hosts are here, and what they have."""
        message = m.HostsReport(tuple(reports))
        self._bus.call(m.CONDUCTOR_ADDRESS, message, timeout_s=CALL_TIMEOUT_S)

    def reconcile(self, machines: Sequence[m.MachineReport]) -> tuple[str, ...]:
        """Return the machines that belong to nobody."""
        question = m.Reconcile(tuple(machines))
        return self._ask(question, m.ReconcileAnswer).unwanted

    def power_changed(self, instance_id: str, power: PowerState) -> None:
        """Say what the hypervisor says of a machine."""
        message = m.PowerChanged(instance_id, power)
        self._bus.call(m.CONDUCTOR_ADDRESS, message, timeout_s=CALL_TIMEOUT_S)

    def _ask(self, question: object, expected: type[A]) -> A:
        answer = self._bus.call(m.CONDUCTOR_ADDRESS, question, timeout_s=CALL_TIMEOUT_S)
        if not isinstance(answer, expected):
            raise Internal(f"the conductor answered with {type(answer).__name__}")
        return answer
