"""The saga's journal as the agent has it: a call to the conductor at every boundary."""

from __future__ import annotations

from datetime import datetime

from vmctld.compute import boot
from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.messages import ActionRecord
from vmctld.compute.steps import Tracer
from vmctld.domain.instance import Fault
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.errors import VmctlError
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase
from vmctld.saga.action import Fenced, Overtaken
from vmctld.saga.journal import ActionState, Entry

_UNDONE = (ActionState.UNDONE, ActionState.STUCK)
_CLOSING = (ActionState.FAILED, *_UNDONE)


class ConductorJournal:
    """Fills ``saga.Journal`` for one attempt to build one instance."""

    def __init__(
        self, conductor: ConductorClient, instance_id: str, attempt: int, tracer: Tracer
    ) -> None:
        self._conductor = conductor
        self._instance_id = instance_id
        self._attempt = attempt
        self._tracer = tracer
        self._pending: list[ActionRecord] = []  # goes with the next boundary
        self.closing: list[ActionRecord] = []  # goes with the last message of the build

    def record(self, *entries: Entry) -> None:
        """Write a boundary.

        A failure is written before anything is undone: from then on nobody can finish this
        attempt.  What follows it is kept for the build's last message.
        """
        if self._is_covered(entries):
            return
        records = [*self._pending, *(self._record_of(entry) for entry in entries)]
        self._pending.clear()
        if any(entry.state is not ActionState.RUNNING for entry in entries):
            self._tracer.steps.clear()
        if entries[-1].state in _CLOSING:
            self.closing += records
        if entries[-1].state not in _UNDONE:
            self._tell(records)
        for entry in entries:
            if entry.state is ActionState.DONE:
                last = boot.ACTIONS[entry.action].steps[-1]
                failpoints.hit(str(last.number), Phase.AFTER_RECORD)

    def _tell(self, records: list[ActionRecord]) -> None:
        answer = self._conductor.record_progress(self._instance_id, self._attempt, records)
        if answer.leave:
            raise Overtaken
        if not answer.go_on:
            raise Fenced

    def _is_covered(self, entries: tuple[Entry, ...]) -> bool:
        """True for the start of the first action: the conductor wrote it at step 16."""
        return entries == (Entry(boot.BUILD_ACTIONS[0], ActionState.RUNNING),)

    def add(self, record: ActionRecord) -> None:
        """Have ``record`` written with the next boundary."""
        self._pending.append(record)

    def _record_of(self, entry: Entry) -> ActionRecord:
        own = {step.number for step in boot.ACTIONS[entry.action].steps}
        steps = tuple(step for step in self._tracer.steps if step.number in own)
        return ActionRecord(entry.action, entry.state, steps)


def fault_of(
    cause: BaseException, action: str, steps: tuple[TracedStep, ...], now: datetime, request_id: str
) -> Fault:
    """Return why a build failed, naming the step that failed and its component."""
    failed = [step.number for step in steps if step.outcome is Outcome.FAILED]
    number = failed[-1] if failed else boot.ACTIONS[action].steps[-1].number
    known = cause if isinstance(cause, VmctlError) else None
    return Fault(
        code=known.code if known else "internal",
        message=known.message if known else "something of ours went wrong",
        hint=known.hint if known else "the daemon's log has the rest, by the request id",
        step=number,
        component=boot.STEPS[number].component,
        created_at=now,
        request_id=request_id,
        facts=known.facts if known else {},
    )
