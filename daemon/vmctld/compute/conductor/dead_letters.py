"""A message that nobody will try again puts a fault on the instance that it was for."""

from __future__ import annotations

import structlog

from vmctld.bus.base import CallFailed, DeadLetter
from vmctld.compute import boot
from vmctld.compute import messages as m
from vmctld.domain.clock import Clock
from vmctld.domain.instance import Fault
from vmctld.errors import VmctlError
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts, instances

log = structlog.get_logger(__name__)

_STEPS = {m.PlaceInstance: 9, m.BuildInstance: 13}


class DeadLetters:
    """Takes what the bus gave up on."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def on_dead_letter(self, letter: DeadLetter) -> None:
        """Set ERROR on an instance whose build cannot go on.

        Deletions need nothing: the sweep asks for them again.
        """
        message = letter.envelope.message
        log.error(
            "dead letter",
            address=letter.address,
            message=type(message).__name__,
            code=letter.error.code,
            why=letter.error.message,
        )
        self._fail(message, letter.error, letter.envelope.request_id)

    def on_call_failed(self, failed: CallFailed, request_id: str) -> None:
        """Set ERROR on an instance whose placing was refused for good: nobody else will."""
        self._fail(failed.request, failed.error, request_id)

    def _fail(self, message: object, error: VmctlError, request_id: str) -> None:
        if not isinstance(message, m.PlaceInstance | m.BuildInstance):
            return
        now, step = self._clock(), _STEPS[type(message)]
        fault = Fault(
            code=error.code,
            message=error.message,
            hint=error.hint or "the daemon's log has the rest, by the request id",
            step=step,
            component=boot.STEPS[step].component,
            created_at=now,
            request_id=request_id,
            facts=error.facts,
        )
        with self._database.write() as tx:
            unplaced = isinstance(message, m.PlaceInstance)
            if instances.fail(
                tx, message.instance_id, message.attempt, fault, now, unplaced=unplaced
            ):
                hosts.release(tx, message.instance_id)
