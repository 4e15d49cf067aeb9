"""Volumes of an instance: checked and reserved for its boot, connected, given back (25-27)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller, TokenKind
from vmctld.domain.names import looks_like_id, not_found
from vmctld.domain.ownership import own_host
from vmctld.domain.volume import (
    AttachmentRequest,
    Volume,
    VolumeConnection,
    VolumeRequest,
    VolumeStatus,
)
from vmctld.errors import Forbidden, InvalidRequest
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import attachments, volumes
from vmctld.volume.growth import record_size
from vmctld.volume.ports import Limits
from vmctld.volume.refusals import not_available
from vmctld.volume.sources import find_volume
from vmctld.volume.store import DISK_FORMAT, VolumeStore


class Attachments:
    """What a boot, a build and an end ask of the volume service."""

    def __init__(
        self, database: Database, clock: Clock, store: VolumeStore, limits: Limits
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._limits = limits

    def resolve_volumes(
        self, caller: Caller, requests: Sequence[VolumeRequest]
    ) -> tuple[Volume, ...]:
        """Return the volumes that a boot request means, all of them available.

        Raises NotFound, Conflict (ambiguous), WrongState (``volume-in-use``), InvalidRequest
        (``volume-not-bootable``, ``invalid-volume``).
        """
        with self._database.read() as tx:
            found = tuple(find_volume(tx, caller, request.volume) for request in requests)
        for volume, request in zip(found, requests, strict=True):
            if volume.project_id != caller.project_id:
                raise not_found(request.volume, "volume")
            if volume.status is not VolumeStatus.AVAILABLE:
                raise not_available(volume)
            if request.boot_index == 0 and not volume.bootable:
                raise _not_bootable(volume)
        _check_distinct(found, requests)
        return found

    def reserve_volumes(self, instance_id: str, requests: Sequence[AttachmentRequest]) -> None:
        """Keep all of the volumes for an instance, or none of them; repeating is fine.

        The compute api asks for it, which knows the instance and has resolved its volumes as
        the user.  It may ask late: nothing is kept for an instance that is over by then.
        Raises InvalidRequest, NotFound, WrongState (``volume-in-use``).
        """
        _check_ids(instance_id, *(request.attachment_id for request in requests))

        def reserve(tx: Tx) -> None:
            if attachments.is_over(tx, instance_id):
                return
            for request in _in_order(requests):
                volume = volumes.get_volume(tx, request.volume_id)
                if volume is None:
                    raise not_found(request.volume_id, "volume")
                if volume.attachment_id != request.attachment_id:
                    self._reserve(tx, volume, instance_id, request)

        if requests:
            self._database.run(reserve)

    def connect_volumes(
        self, caller: Caller, instance_id: str, host: str, requests: Sequence[AttachmentRequest]
    ) -> tuple[VolumeConnection, ...]:
        """Attach volumes, all or none, and tell how to reach them; repeating is fine.

        One whose reservation an undo gave up is reserved again, if nobody was faster.
        Raises NotFound, WrongState (``volume-in-use``), Corrupted (``volume-damaged``).
        """
        _require_build_of(caller, instance_id)

        def connect(tx: Tx) -> dict[str, VolumeConnection]:
            connections = {}
            for request in _in_order(requests):
                volume = self._attach(tx, caller, instance_id, host, request)
                connections[request.attachment_id] = self._connection(request, volume)
            return connections

        made = self._database.run(connect) if requests else {}
        return tuple(made[request.attachment_id] for request in requests)

    def release_volumes(
        self,
        caller: Caller,
        instance_id: str,
        attachment_ids: Sequence[str] = (),
        *,
        host: str | None = None,
    ) -> None:
        """End attachments by their own ids, or all of an instance; absent ones are fine.

        With ``host`` only those connected from there or from none yet, so that a late undo
        spares what the next host was given.  Users end only those of their own volumes, and
        agents only those of their own host.  Raises Forbidden.
        """
        if caller.kind is TokenKind.BUILD:
            _require_build_of(caller, instance_id)
        project_id = None if caller.kind is TokenKind.SERVICE else caller.project_id
        host, now = own_host(caller, host), self._clock()

        def release(tx: Tx) -> None:
            freed = attachments.end_attachments(
                tx,
                instance_id,
                attachment_ids=attachment_ids,
                host=host,
                project_id=project_id,
                is_placed_there=caller.agent_host is not None,
            )
            for volume_id in freed:
                volumes.move_volume(tx, volume_id, VolumeStatus.AVAILABLE, now)

        self._database.run(release)

    def begin_detaching(self, instance_id: str, attachment_id: str) -> None:
        """Have the volume say that it is on its way from its instance; absent is fine."""
        now = self._clock()

        def begin(tx: Tx) -> None:
            volume_id = attachments.volume_of(tx, attachment_id, instance_id)
            if volume_id is not None:
                volumes.move_volume(tx, volume_id, VolumeStatus.DETACHING, now)

        self._database.run(begin)

    def grow_volume(
        self, caller: Caller, instance_id: str, attachment_id: str, size_gib: int
    ) -> Volume:
        """Return an attached volume that has the size, in its record and in its file.

        A machine that runs has made the file larger itself.
        Raises NotFound, QuotaExceeded, Exhausted (``disk-full``).
        """
        _require_build_of(caller, instance_id)
        with self._database.read() as tx:
            volume_id = attachments.volume_of(tx, attachment_id, instance_id)
            volume = _own_volume(tx, caller, volume_id or attachment_id)
        self._store.grow(volume.id, size_gib)
        return record_size(self._database, self._limits, volume, size_gib, self._clock())

    def _reserve(
        self, tx: Tx, volume: Volume, instance_id: str, request: AttachmentRequest
    ) -> None:
        now = self._clock()
        if not (
            volumes.move_volume(tx, volume.id, VolumeStatus.RESERVED, now)
            and attachments.insert_attachment(tx, request, instance_id, now)
        ):
            raise not_available(volumes.get_volume(tx, volume.id) or volume)

    def _attach(
        self, tx: Tx, caller: Caller, instance_id: str, host: str, request: AttachmentRequest
    ) -> Volume:
        volume = _own_volume(tx, caller, request.volume_id)
        if volume.attachment_id is None:
            self._reserve(tx, volume, instance_id, request)
        elif (volume.attachment_id, volume.instance_id) != (request.attachment_id, instance_id):
            raise not_available(volume)
        now = self._clock()
        attachments.attach(tx, request.attachment_id, host, now)
        volumes.move_volume(tx, volume.id, VolumeStatus.IN_USE, now)
        return volume

    def _connection(self, request: AttachmentRequest, volume: Volume) -> VolumeConnection:
        return VolumeConnection(
            attachment_id=request.attachment_id,
            volume_id=volume.id,
            kind="file",
            path=str(self._store.path_of(volume.id)),
            disk_format=DISK_FORMAT,
            size_bytes=self._store.check(volume.id, volume.size_gib),
            read_only=volume.read_only,
        )


def _in_order(requests: Sequence[AttachmentRequest]) -> list[AttachmentRequest]:
    # Everybody takes volumes in the same order: two boots never wait for each other
    return sorted(requests, key=lambda request: request.volume_id)


def _own_volume(tx: Tx, caller: Caller, volume_id: str) -> Volume:
    volume = volumes.get_volume(tx, volume_id)
    if volume is None or volume.project_id != caller.project_id:
        raise not_found(volume_id, "volume")
    return volume


def _check_ids(*texts: str) -> None:
    # What is kept and listed has to be an id, whoever asks
    if any(looks_like_id(text) != text for text in texts):
        raise InvalidRequest(
            "an instance and an attachment are named by their ids, UUIDs", code="invalid-id"
        )


def _require_build_of(caller: Caller, instance_id: str) -> None:
    if caller.kind is TokenKind.BUILD and caller.instance_id == instance_id:
        return
    raise Forbidden(
        "only the build of an instance may touch the instance's volumes",
        code="build-only",
        facts={"instance_id": instance_id},
    )


def _not_bootable(volume: Volume) -> InvalidRequest:
    return InvalidRequest(
        f"the volume {volume.name or volume.id} is not bootable",
        code="volume-not-bootable",
        hint="make one from an image: vmctl volume-create --image IMAGE SIZE_GIB",
        facts={"volume_id": volume.id},
    )


def _check_distinct(found: Sequence[Volume], requests: Sequence[VolumeRequest]) -> None:
    for volume_id, count in Counter(volume.id for volume in found).items():
        if count > 1:
            raise InvalidRequest(
                f"the volume {volume_id} is asked for twice", code="invalid-volume"
            )
    indexes = Counter(r.boot_index for r in requests if r.boot_index is not None)
    for boot_index, count in indexes.items():
        if boot_index >= 0 and count > 1:
            raise InvalidRequest(
                f"two volumes have the boot index {boot_index}", code="invalid-volume"
            )
