"""How the agent talks to the conductor: every method is one message on the bus."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog

from vmctld.bus.base import Bus
from vmctld.compute import messages as m
from vmctld.compute.network_messages import TaskToken, TaskTokenAnswer
from vmctld.domain.instance import Address, Fault
from vmctld.domain.machine import MachineStatus, PowerState
from vmctld.domain.trace import TracedStep
from vmctld.errors import Internal, TimedOut, Unavailable
from vmctld.saga.runner import Interrupted

log = structlog.get_logger(__name__)

CALL_TIMEOUT_S = 5.0
CALL_TRIES = 6  # a lost question or answer costs a few seconds, never a build
PATIENT_TRIES = 40  # over a broker, which may be away for minutes, and a build must not mind
PAUSE_S = 0.5
LONGEST_PAUSE_S = 3.0
A = TypeVar("A")


class ConductorClient:
    """The conductor, as one host's agent reaches it."""

    def __init__(
        self,
        bus: Bus,
        pause: Callable[[float], None] = time.sleep,
        *,
        tries: int = CALL_TRIES,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._bus = bus
        self._pause = pause
        self._tries = tries
        self._is_stopping = is_stopping

    def load(
        self, message: m.BuildInstance, dispatch: tuple[TracedStep, ...], spent_s: float = 0.0
    ) -> m.BuildData:
        """Return what to build (step 14)."""
        question = m.LoadInstance(message.instance_id, message.attempt, dispatch, spent_s)
        return self._ask(question, m.BuildData)

    def await_slot(self, message: m.BuildInstance) -> None:
        """Say that the build waits for a start slot."""
        self._bus.cast(m.CONDUCTOR_ADDRESS, m.AwaitSlot(message.instance_id, message.attempt))

    def record_progress(
        self, instance_id: str, attempt: int, records: Sequence[m.ActionRecord]
    ) -> m.ProgressAnswer:
        """Write a boundary, and return whether to go on."""
        question = m.RecordProgress(instance_id, attempt, tuple(records))
        return self._ask(question, m.ProgressAnswer)

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
        self._call(m.BuildFailed(instance_id, attempt, tuple(records), fault, elsewhere))

    def destroyed(self, instance_id: str) -> None:
        """Say that nothing of the instance is left here."""
        self._call(m.InstanceDestroyed(instance_id))

    def report(self, reports: Sequence[m.HostReport]) -> None:
        """Say that hosts are here, and what they have."""
        self._call(m.HostsReport(tuple(reports)))

    def reconcile(self, machines: Sequence[m.MachineReport]) -> m.ReconcileAnswer:
        """Return which machines belong to nobody, and which are missing."""
        return self._ask(m.Reconcile(tuple(machines)), m.ReconcileAnswer)

    def wanted_copies(self) -> m.CopiesWanted:
        """Return which copies of images may still be needed."""
        return self._ask(m.WantedCopies(), m.CopiesWanted)

    def record_task(
        self, instance_id: str, task_id: str, records: Sequence[m.ActionRecord]
    ) -> m.ProgressAnswer:
        """Write a boundary of an action, and return whether to go on."""
        return self._ask(m.RecordTask(instance_id, task_id, tuple(records)), m.ProgressAnswer)

    def task_token(self, instance_id: str, task_id: str) -> str:
        """Return a token that stands for the instance's user while the task is under way."""
        return self._ask(TaskToken(instance_id, task_id), TaskTokenAnswer).token

    def task_done(self, done: m.TaskDone) -> bool:
        """Say that an action is done; False when nobody wants it any more."""
        return self._ask(done, m.ProgressAnswer).go_on

    def task_failed(self, failed: m.TaskFailed) -> None:
        """Say that an action failed, and what was undone."""
        self._call(failed)

    def power_changed(self, instance_id: str, power: PowerState) -> None:
        """Say what the hypervisor says of a machine."""
        self._call(m.PowerChanged(instance_id, power))

    def _ask(self, question: object, expected: type[A]) -> A:
        answer = self._call(question)
        if not isinstance(answer, expected):
            raise Internal(f"the conductor answered with {type(answer).__name__}")
        return answer

    def _call(self, question: object) -> object:
        """Ask, and ask again when the question or its answer was lost: all can be repeated.

        Raises Interrupted when the daemon stops before there was an answer.
        """
        for tries in range(1, self._tries):
            try:
                return self._bus.call(m.CONDUCTOR_ADDRESS, question, timeout_s=CALL_TIMEOUT_S)
            except (TimedOut, Unavailable) as error:
                if self._is_stopping():
                    raise Interrupted from error
                if error.code == "bus-closed":
                    raise
                log.warning("the conductor is asked again", tries=tries, why=error.message)
                self._pause(min(PAUSE_S * tries, LONGEST_PAUSE_S))
        return self._bus.call(m.CONDUCTOR_ADDRESS, question, timeout_s=CALL_TIMEOUT_S)
