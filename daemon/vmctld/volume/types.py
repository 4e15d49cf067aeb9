"""Types of volumes: names for kinds of storage.  The default one is always there."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name, check_text, only_match
from vmctld.domain.ownership import require_admin
from vmctld.domain.volume import DEFAULT_TYPE, VolumeType
from vmctld.errors import AlreadyExists, WrongState
from vmctld.storage.database import Database, Tx
from vmctld.storage.locks import one_at_a_time
from vmctld.storage.repositories import volume_types
from vmctld.volume.changes import MAX_DESCRIPTION

NOUN = "volume type"
DEFAULT = VolumeType(
    id=str(uuid.uuid5(uuid.NAMESPACE_DNS, "default.volume-type.vmctl")),
    name=DEFAULT_TYPE,
    description="files of the daemon's host",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


class VolumeTypes:
    """Rules for types: admins make them, everybody sees them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, caller: Caller, name: str, description: str = "") -> VolumeType:
        """Return a new type.  Raises Forbidden, InvalidRequest, AlreadyExists."""
        require_admin(caller, "make types of volumes")
        made = VolumeType(
            id=str(uuid.uuid4()),
            name=check_name(name, NOUN),
            description=check_text(description, "description", MAX_DESCRIPTION),
            created_at=self._clock(),
        )

        def insert(tx: Tx) -> None:
            one_at_a_time(tx, "volume types")
            if any(other.name == made.name for other in _all(tx)):
                raise AlreadyExists(
                    f"there is a volume type {made.name} already", code="volume-type-exists"
                )
            volume_types.insert_type(tx, made)

        self._database.run(insert)
        return made

    def get(self, reference: str) -> VolumeType:
        """Return one, by name or id.  Raises NotFound."""
        with self._database.read() as tx:
            return find_type(tx, reference)

    def all(self) -> Sequence[VolumeType]:
        """Return all types, sorted by name."""
        with self._database.read() as tx:
            return sorted(_all(tx), key=lambda one: one.name)

    def delete(self, caller: Caller, reference: str) -> None:
        """Delete a type that no volume has.  Raises Forbidden, NotFound, WrongState."""
        require_admin(caller, "delete types of volumes")

        def delete(tx: Tx) -> None:
            found = find_type(tx, reference)
            users = volume_types.volumes_of_type(tx, found.name)
            if users or found.is_default:
                raise _needed(found, users)
            volume_types.delete_type(tx, found.id)

        self._database.run(delete)


def find_type(tx: Tx, reference: str) -> VolumeType:
    """Return the type of that name or id, the default one for none.  Raises NotFound."""
    if not reference:
        return DEFAULT
    found = [one for one in _all(tx) if reference in (one.id, one.name)]
    return only_match(found, reference, NOUN, hint="vmctl volume-type-list shows what there is")


def _all(tx: Tx) -> list[VolumeType]:
    return [DEFAULT, *volume_types.all_types(tx)]


def _needed(found: VolumeType, users: Sequence[str]) -> WrongState:
    why = f"volumes have it: {', '.join(users)}" if users else "it is the default one"
    return WrongState(
        f"the volume type {found.name} cannot be deleted: {why}",
        code="volume-type-in-use",
        hint="delete them first" if users else "",
        facts={"volume_type_id": found.id, "volume_ids": list(users)},
    )
