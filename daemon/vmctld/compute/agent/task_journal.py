"""The journal of an action's parts as the agent has it: a call to the conductor a boundary."""

from __future__ import annotations

from datetime import datetime

from vmctld.compute import boot
from vmctld.compute.agent.client import ConductorClient
from vmctld.compute.messages import ActionRecord
from vmctld.domain.instance import Fault, Task
from vmctld.errors import VmctlError
from vmctld.saga.action import Overtaken
from vmctld.saga.journal import ActionState, Entry

_UNDONE = (ActionState.UNDONE, ActionState.STUCK)


class TaskJournal:
    """Fills ``saga.Journal`` for one task of one instance."""

    def __init__(self, conductor: ConductorClient, instance_id: str, task_id: str) -> None:
        self._conductor = conductor
        self._instance_id = instance_id
        self._task_id = task_id
        self.closing: list[ActionRecord] = []  # goes with the word that the task failed

    def record(self, *entries: Entry) -> None:
        """Write a boundary.

        Raises Overtaken when the task is done, or was broken off by a deletion or by another
        action: whoever did that looks after the machine.  What is undone goes with the word
        that the task failed.
        """
        records = [ActionRecord(entry.action, entry.state) for entry in entries]
        if entries[-1].state in _UNDONE:
            self.closing += records
        else:
            self._tell(records)

    def check(self) -> None:
        """Raise Overtaken when the task is not to be done any more."""
        self._tell([])

    def _tell(self, records: list[ActionRecord]) -> None:
        answer = self._conductor.record_task(self._instance_id, self._task_id, records)
        if not answer.go_on:
            raise Overtaken


def fault_of_task(cause: BaseException, task: Task, now: datetime) -> Fault:
    """Return why an action failed; it has none of the 28 steps of a boot."""
    known = cause if isinstance(cause, VmctlError) else None
    return Fault(
        code=known.code if known else "internal",
        message=known.message if known else "something of ours went wrong",
        hint=known.hint if known else "the daemon's log has the rest, by the request id",
        step=0,
        component=boot.AGENT,
        created_at=now,
        request_id=task.request_id,
        facts={**(known.facts if known else {}), "action": task.action},
    )
