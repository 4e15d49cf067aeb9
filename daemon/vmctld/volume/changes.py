"""What is said of a volume beside its bytes: names, flags, and a status set by hand."""

from __future__ import annotations

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name, check_text
from vmctld.domain.ownership import require_admin
from vmctld.domain.volume import Volume, VolumeChanges, VolumeStatus
from vmctld.errors import InvalidRequest, WrongState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import volumes
from vmctld.volume.refusals import not_available
from vmctld.volume.sources import find_volume

MAX_DESCRIPTION = 255
BY_HAND = (VolumeStatus.AVAILABLE, VolumeStatus.IN_USE, VolumeStatus.ERROR)


class Changes:
    """Changes what volumes say of themselves."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def update(self, caller: Caller, reference: str, changes: VolumeChanges) -> Volume:
        """Return the changed volume.

        Raises InvalidRequest, NotFound, Conflict (ambiguous), WrongState (it is attached, and
        whether it may be written to cannot change).
        """
        values = _values_of(changes)

        def change(tx: Tx) -> Volume:
            volume = find_volume(tx, caller, reference)
            if changes.read_only is not None and volume.attachment_id is not None:
                raise not_available(volume)
            volumes.change_volume(tx, volume.id, self._clock(), **values)
            return volumes.get_volume(tx, volume.id) or volume

        return self._database.run(change)

    def reset_status(self, caller: Caller, reference: str, status: str) -> Volume:
        """Return the volume with a status set by hand; its bytes are not looked at.

        Raises Forbidden, InvalidRequest, NotFound, WrongState (an attachment says otherwise).
        """
        require_admin(caller, "reset the status of a volume")
        if status not in BY_HAND:
            raise InvalidRequest(
                "that is no status to be set by hand",
                code="invalid-status",
                hint="one of " + ", ".join(BY_HAND),
            )
        wanted = VolumeStatus(status)

        def reset(tx: Tx) -> Volume:
            volume = find_volume(tx, caller, reference)
            if (volume.attachment_id is None) is (wanted is VolumeStatus.IN_USE):
                raise _untrue(volume, wanted)
            values = {"status": wanted.value, "status_reason": None}
            volumes.change_volume(tx, volume.id, self._clock(), **values)
            return volumes.get_volume(tx, volume.id) or volume

        return self._database.run(reset)


def _untrue(volume: Volume, wanted: VolumeStatus) -> WrongState:
    holder = (
        f"attached to the server {volume.instance_id}" if volume.instance_id else "not attached"
    )
    return WrongState(
        f"the volume {volume.name or volume.id} is {holder}: it cannot be {wanted.value}",
        code="volume-in-use" if volume.instance_id else "volume-not-attached",
        hint="vmctl volume-detach SERVER VOLUME",
        facts={"volume_id": volume.id, "instance_id": volume.instance_id},
    )


def _values_of(changes: VolumeChanges) -> dict[str, object]:
    values: dict[str, object] = {}
    if changes.name is not None:
        values["name"] = check_name(changes.name, "volume") if changes.name else ""
    if changes.description is not None:
        values["description"] = check_text(changes.description, "description", MAX_DESCRIPTION)
    if changes.bootable is not None:
        values["bootable"] = changes.bootable
    if changes.read_only is not None:
        values["read_only"] = changes.read_only
    if not values:
        raise InvalidRequest("nothing is to be changed", code="nothing-to-change")
    return values
