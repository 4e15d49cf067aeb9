"""Volumes become larger, and never smaller."""

from __future__ import annotations

from datetime import datetime

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import not_found
from vmctld.domain.volume import Volume, VolumeStatus
from vmctld.errors import Exhausted, InvalidRequest
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import volumes
from vmctld.volume.ports import Limits
from vmctld.volume.quota import check_quota
from vmctld.volume.refusals import not_available
from vmctld.volume.sources import find_volume
from vmctld.volume.store import VolumeStore

MAX_SIZE_GIB = 16 * 1024  # ext4's largest file is 16 TiB


class Growth:
    """Makes volumes larger that no machine has."""

    def __init__(
        self, database: Database, clock: Clock, store: VolumeStore, limits: Limits
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._limits = limits

    def extend(
        self, caller: Caller, reference: str, size_gib: int, *, check_only: bool = False
    ) -> Volume:
        """Return the volume with its new size.

        With ``check_only`` it is told whether it may have that, attached or not, and stays.
        Raises InvalidRequest (``invalid-size``), QuotaExceeded, Exhausted, WrongState.
        """
        volume = self._checked(caller, reference, size_gib)
        if check_only:
            return volume
        now = self._clock()
        held = self._database.run(
            lambda tx: volumes.move_volume(tx, volume.id, VolumeStatus.MAINTENANCE, now)
        )
        if not held:
            raise not_available(volume)
        try:
            self._store.grow(volume.id, size_gib)
            return record_size(self._database, self._limits, volume, size_gib, now)
        finally:
            self._database.run(
                lambda tx: volumes.move_volume(tx, volume.id, VolumeStatus.AVAILABLE, now)
            )

    def _checked(self, caller: Caller, reference: str, size_gib: int) -> Volume:
        check_size(size_gib)

        def check(tx: Tx) -> Volume:
            volume = find_volume(tx, caller, reference)
            if size_gib <= volume.size_gib:
                raise InvalidRequest(
                    f"New size for extend must be greater than current size. (current: "
                    f"{volume.size_gib}, extended: {size_gib}).",  # cinder's words
                    code="invalid-size",
                    hint="a volume does not shrink",
                    facts={"volume_id": volume.id, "size_gib": volume.size_gib},
                )
            more = size_gib - volume.size_gib
            check_quota(tx, self._limits, volume.project_id, gigabytes=more)
            return volume

        return self._database.run(check)


def record_size(
    database: Database, limits: Limits, volume: Volume, size_gib: int, now: datetime
) -> Volume:
    """Return the volume as large as its file is.  Raises QuotaExceeded, NotFound."""

    def record(tx: Tx) -> Volume:
        found = volumes.get_volume(tx, volume.id)
        if found is None:
            raise not_found(volume.id, "volume")
        if size_gib > found.size_gib:
            more = size_gib - found.size_gib
            check_quota(tx, limits, found.project_id, gigabytes=more)
            volumes.change_volume(tx, found.id, now, size_gib=size_gib)
        return volumes.get_volume(tx, found.id) or found

    return database.run(record)


def check_size(size_gib: int) -> None:
    """Raise InvalidRequest or Exhausted for a size that no volume can have."""
    if size_gib < 1:
        raise InvalidRequest(
            f"a volume of {size_gib} GiB cannot be made",
            code="invalid-size",
            hint=f"1 to {MAX_SIZE_GIB} GiB",
        )
    if size_gib > MAX_SIZE_GIB:
        raise Exhausted(
            f"a volume of {size_gib} GiB is too large",
            code="volume-too-large",
            hint=f"{MAX_SIZE_GIB} GiB at most",
            facts={"size_gib": size_gib, "max_gib": MAX_SIZE_GIB},
        )
