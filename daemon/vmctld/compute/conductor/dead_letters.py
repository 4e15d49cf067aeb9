"""A message that nobody will try again is kept, and puts a fault on its instance."""

from __future__ import annotations

import uuid
from datetime import datetime

import structlog

from vmctld.bus.base import Bus, CallFailed, DeadLetter, Unreadable
from vmctld.bus.codec import encode_envelope
from vmctld.compute import boot
from vmctld.compute import messages as m
from vmctld.compute.outbox import Outbox
from vmctld.compute.scheduler.handlers import free_of
from vmctld.compute.subjects import instance_of
from vmctld.domain.clock import Clock
from vmctld.domain.host import HostState
from vmctld.domain.instance import Fault, Instance, VmState
from vmctld.domain.operations import KeptLetter
from vmctld.errors import VmctlError
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import dead_letters, hosts, instances

log = structlog.get_logger(__name__)

_LETTERS = uuid.UUID("b3d5a2f0-6f0e-4c39-9a34-0d6a3a0f2c11")  # of the ids of dead letters
_STEPS = {m.PlaceInstance: 9, m.BuildInstance: 13}


class DeadLetters:
    """Takes what the bus gave up on."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._wires: tuple[Bus, Outbox] | None = None

    def connect(self, bus: Bus, outbox: Outbox) -> None:
        """Tell others what becomes of letters; before there is a bus nobody could hear."""
        self._wires = bus, outbox

    def on_dead_letter(self, letter: DeadLetter) -> None:
        """Keep the letter, and set ERROR on an instance whose build cannot go on.

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
        with self._database.write() as tx:
            dead_letters.keep(tx, kept_letter(letter, self._clock()))
            if not _may_fail(tx, letter):
                log.warning("dead letter of another host's build", sender=letter.sender)
                return
            freed = self._fail(tx, message, letter.error, letter.envelope.request_id)
        self._tell(message, freed)

    def on_call_failed(self, failed: CallFailed, request_id: str) -> None:
        """Set ERROR on an instance whose placing was refused for good: nobody else will."""
        with self._database.write() as tx:
            freed = self._fail(tx, failed.request, failed.error, request_id)
        self._tell(failed.request, freed)

    def _fail(
        self, tx: Tx, message: object, error: VmctlError, request_id: str
    ) -> HostState | None:
        """Set ERROR if the message was for a build; return its host if it had one."""
        if not isinstance(message, m.PlaceInstance | m.BuildInstance):
            return None
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
        unplaced = isinstance(message, m.PlaceInstance)
        if instances.fail(tx, message.instance_id, message.attempt, fault, now, unplaced=unplaced):
            return hosts.release(tx, message.instance_id)
        return None

    def _tell(self, message: object, freed: HostState | None) -> None:
        """Wake those who wait for the instance, and free the volumes that it had reserved.

        A letter is told of again when a crash comes between: all of this may be done twice.
        """
        if self._wires is None or not isinstance(message, m.PlaceInstance | m.BuildInstance):
            return
        bus, outbox = self._wires
        with self._database.read() as tx:
            instance = instances.get(tx, message.instance_id)
        if instance is not None and _is_over_and_nowhere(instance) and instance.volumes:
            with outbox.transaction("undo:place") as posting:
                posting.post(m.CONDUCTOR_ADDRESS, m.ReleaseReserved(instance.id))
        if freed is not None:
            bus.fanout(m.HOSTS_CHANGED, m.HostsChanged((free_of(freed),)))
        bus.fanout(m.INSTANCE_CHANGED, m.InstanceChanged(message.instance_id))


def _may_fail(tx: Tx, letter: DeadLetter) -> bool:
    """False for what a host's agent has no business to give up: others' builds and places."""
    if not letter.sender.startswith(m.AGENT_PREFIX):
        return True
    message = letter.envelope.message
    if not isinstance(message, m.BuildInstance):
        return False
    instance = instances.get(tx, message.instance_id)
    return instance is not None and m.agent_address(instance.host or "") == letter.sender


def _is_over_and_nowhere(instance: Instance) -> bool:
    """True for one that failed and has no host that could clean up after it."""
    return instance.vm_state is VmState.ERROR and instance.host is None


def kept_letter(letter: DeadLetter, now: datetime) -> KeptLetter:
    """Return the letter as it is kept; the same message is always the same letter."""
    envelope, message = letter.envelope, letter.envelope.message
    if isinstance(message, Unreadable):
        body, identity = None, repr(message.body)
    else:
        body = identity = encode_envelope(envelope)
    return KeptLetter(
        id=str(uuid.uuid5(_LETTERS, f"{letter.address}\n{identity}")),
        died_at=now,
        address=letter.address,
        message=type(message).__name__,
        instance_id=instance_of(message),
        request_id=envelope.request_id,
        code=letter.error.code,
        reason=letter.error.message,
        body=body,
    )
