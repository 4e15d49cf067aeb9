"""Envelopes for what leaves here, on behalf of the current request."""

from __future__ import annotations

from datetime import UTC, datetime

from vmctld.bus.base import Envelope, MessageKind
from vmctld.observe.context import current, new_request_id


def new_envelope(message: object, kind: MessageKind) -> Envelope:
    """Return an envelope with the current request's id; outside of any, with a fresh one."""
    request_id = current().request_id or new_request_id()
    return Envelope(message, kind, request_id, datetime.now(UTC))


def answer_to(request: Envelope, answer: object) -> Envelope:
    """Return an envelope for the answer to a call that went by ``send``."""
    return Envelope(answer, MessageKind.CAST, request.request_id, datetime.now(UTC))
