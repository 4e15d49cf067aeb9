"""Errors that several parts of the volume service raise."""

from __future__ import annotations

from vmctld.domain.volume import Volume, VolumeStatus
from vmctld.errors import WrongState


def not_available(volume: Volume) -> WrongState:
    """Return the error that says who has the volume, or what it is busy with."""
    name = volume.name or volume.id
    facts = {"volume_id": volume.id, "status": volume.status.value}
    if volume.instance_id is not None:
        return WrongState(
            f"the volume {name} is in use by the server {volume.instance_id}",
            code="volume-in-use",
            hint="delete the server first, or take another volume",
            facts={**facts, "instance_id": volume.instance_id},
        )
    return WrongState(
        f"the volume {name} is in the state {volume.status.value}, not available",
        code="volume-not-available",
        hint="wait until it is available"
        if volume.status is VolumeStatus.CREATING
        else "make another one",
        facts=facts,
    )
