"""Whom a message is about."""

from __future__ import annotations

from vmctld.compute.messages import DestroyInstance


def instance_of(message: object) -> str | None:
    """Return the id of the instance that ``message`` is about; None when it is about none."""
    if isinstance(message, DestroyInstance):
        return message.instance.id
    instance_id = getattr(message, "instance_id", None)
    return instance_id if isinstance(instance_id, str) else None
