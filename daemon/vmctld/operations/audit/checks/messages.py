"""I13: queues drain, and what nobody could handle is not what somebody still waits for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy import select

from vmctld.bus.codec import decode_envelope
from vmctld.compute.subjects import instance_of
from vmctld.errors import InvalidRequest
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import GRACE, World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.repositories import dead_letters, outbox
from vmctld.storage.tables.pipeline import OutboxRow

LOOKED_AT = 10_000  # dead letters: more are not kept

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
        instance = world.living.get(instance_of(message) or "")
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
    for letter in dead_letters.latest(world.tx, LOOKED_AT):
        instance = world.living.get(letter.instance_id or "")
        if instance is not None and not instance.has_settled and world.is_old(letter.died_at):
            yield Suspect(
                "dead-letter",
                instance.id,
                f"{letter.message} for {letter.address}: {letter.reason}",
            )


def _forget(row_id: int, tx: Tx) -> None:
    outbox.settle(tx, [row_id])
