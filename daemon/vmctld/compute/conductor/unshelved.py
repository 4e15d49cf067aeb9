"""An unshelved instance runs again: what it was shelved as goes."""

from __future__ import annotations

from datetime import datetime

from vmctld.bus.base import Envelope, MessageKind
from vmctld.bus.codec import encode_envelope
from vmctld.compute import messages as m
from vmctld.domain.instance import Instance
from vmctld.observe import context
from vmctld.storage.database import Tx
from vmctld.storage.repositories import outbox, unshelving


def came_back(tx: Tx, instance: Instance, now: datetime) -> m.DiscardImage | None:
    """Forget what an instance was kept as that has just been built, if it was shelved.

    The message that has its image deleted is kept, and returned to be sent at once; one that
    comes twice does nothing.
    """
    if instance.aside is None:
        return None
    unshelving.end(tx, instance.id)
    if instance.aside.image_id is None:
        return None
    message = m.DiscardImage(instance.aside.image_id)
    envelope = Envelope(message, MessageKind.CAST, context.current().request_id, now, None)
    outbox.add(tx, m.CONDUCTOR_ADDRESS, envelope.kind.value, encode_envelope(envelope), now)
    return message
