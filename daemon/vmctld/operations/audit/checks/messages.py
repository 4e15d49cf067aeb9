"""I13: queues drain, and what nobody could handle is not what somebody still waits for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy import select

from vmctld.bus.codec import decode_envelope
from vmctld.compute.messages import DestroyInstance
from vmctld.errors import InvalidRequest
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import GRACE, World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories import outbox
from vmctld.storage.tables.pipeline import OutboxRow

_OUTBOX = core(OutboxRow)


def unsettled_messages(world: World) -> Iterator[Suspect]:
    """A message that is kept though its instance needs it no more: forgotten."""
    kept_long = _OUTBOX.c.created_at < world.now - GRACE
    for row in world.tx.execute(select(_OUTBOX).where(kept_long)):
        try:
            message = decode_envelope(row.body).message
        except InvalidRequest:
            yield Suspect("message", f"outbox {row.id}", f"for {row.address}, cannot be read")
            continue
        instance = world.living.get(_instance_of(message))
        if instance is None or instance.has_settled:
            minutes = (world.now - row.created_at).total_seconds() / 60
            yield Suspect(
                "message",
                f"outbox {row.id}",
                f"{type(message).__name__} for {row.address}, kept for {minutes:.0f} minutes",
                mend=partial(_forget, row.id),
            )


def missed_dead_letters(world: World) -> Iterator[Suspect]:
    """A dead letter whose instance waits for what it asked: for a person to see."""
    for letter in world.installation.dead_letters():
        message, sent_at = letter.envelope.message, letter.envelope.sent_at
        instance = world.living.get(_instance_of(message))
        if instance is not None and not instance.has_settled and world.is_old(sent_at):
            yield Suspect(
                "dead-letter",
                instance.id,
                f"{type(message).__name__} for {letter.address}: {letter.error.message}",
            )


def _instance_of(message: object) -> str:
    if isinstance(message, DestroyInstance):
        return message.instance.id
    return str(getattr(message, "instance_id", ""))


def _forget(row_id: int, tx: Tx) -> None:
    outbox.settle(tx, [row_id])
