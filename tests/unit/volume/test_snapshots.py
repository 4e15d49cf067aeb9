"""Snapshots of volumes: what was on one once, whatever becomes of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.callers import a_caller
from tests.support.waiting import eventually
from vmctld.domain.paging import Page
from vmctld.domain.volume import (
    AttachmentRequest,
    SnapshotStatus,
    Volume,
    VolumeDraft,
    VolumeSnapshot,
    VolumeStatus,
)
from vmctld.errors import InvalidRequest, NotFound, WrongState
from vmctld.storage.database import Database
from vmctld.storage.repositories import volume_snapshots as rows
from vmctld.storage.repositories import volumes as volume_rows
from vmctld.volume.service import VolumeService

StartService = Callable[[], VolumeService]
Settled = Callable[[Volume], Volume]
SERVER = "0c7a1d1e-0000-4000-8000-000000000001"
ATTACHMENT = "0c7a1d1e-0000-4000-8000-0000000000a1"


@pytest.fixture
def volume(service: VolumeService) -> Volume:
    return service.volumes.create_volume(a_caller(), VolumeDraft(1, name="data"))


def write(path: Path, words: str) -> None:
    """Write at the disk's beginning, as a guest would."""
    subprocess.run(
        ["qemu-io", "-f", "qcow2", "-c", f"write -P {ord(words[0])} 0 512", str(path)],
        check=True,
        capture_output=True,
    )


def reads(path: Path, words: str) -> bool:
    """True when that is at the disk's beginning."""
    command = f"read -P {ord(words[0])} 0 512"
    ran = subprocess.run(
        ["qemu-io", "-f", "qcow2", "-c", command, str(path)], capture_output=True, text=True
    )
    return "Pattern verification failed" not in ran.stdout


def taken(service: VolumeService, volume: str, name: str = "then") -> VolumeSnapshot:
    """Take a snapshot and wait until it is whole."""
    made = service.snapshots.create(a_caller(), volume, name=name)

    def now() -> VolumeSnapshot:
        return service.snapshots.get(a_caller(), made.id)

    assert eventually(lambda: now().status is not SnapshotStatus.CREATING)
    return now()


def test_a_snapshot_holds_what_was_there_and_a_volume_from_it_too(
    service: VolumeService, volume: Volume, directory: Path, settled: Settled
) -> None:
    write(directory / volume.id, "a")
    snapshot = taken(service, "data")
    write(directory / volume.id, "b")
    draft = VolumeDraft(snapshot="then", name="again")

    again = settled(service.volumes.create_volume(a_caller(), draft))

    assert (again.status, again.size_gib) == (VolumeStatus.AVAILABLE, 1)
    assert again.snapshot_id == snapshot.id
    assert reads(directory / again.id, "a")
    assert reads(directory / volume.id, "b")


def test_a_volume_from_a_volume_is_a_copy_and_its_source_is_free_again(
    service: VolumeService, volume: Volume, directory: Path, settled: Settled
) -> None:
    write(directory / volume.id, "a")

    copy = settled(service.volumes.create_volume(a_caller(), VolumeDraft(2, source_volume="data")))

    assert (copy.status, copy.size_gib, copy.source_volume_id) == ("available", 2, volume.id)
    assert reads(directory / copy.id, "a")
    assert service.volumes.get_volume(a_caller(), "data").status is VolumeStatus.AVAILABLE


def test_a_volume_that_somebody_has_is_not_copied(service: VolumeService, volume: Volume) -> None:
    service.attachments.reserve_volumes(SERVER, [AttachmentRequest(ATTACHMENT, volume.id)])

    for ask in (
        lambda: service.snapshots.create(a_caller(), "data"),
        lambda: service.volumes.create_volume(a_caller(), VolumeDraft(source_volume="data")),
    ):
        with pytest.raises(WrongState) as refusal:
            ask()
        assert refusal.value.code == "volume-in-use"


def test_a_volume_with_snapshots_is_not_deleted_and_they_are_named(
    service: VolumeService, volume: Volume
) -> None:
    snapshot = taken(service, volume.id)

    with pytest.raises(WrongState) as refusal:
        service.volumes.delete_volume(a_caller(), "data")

    assert refusal.value.code == "volume-has-snapshots"
    assert snapshot.id in refusal.value.message
    assert service.volumes.get_volume(a_caller(), "data").status is VolumeStatus.AVAILABLE
    service.snapshots.delete(a_caller(), "then")
    service.volumes.delete_volume(a_caller(), "data")


def test_a_deleted_snapshot_leaves_no_file(
    service: VolumeService, volume: Volume, directory: Path
) -> None:
    snapshot = taken(service, volume.id)
    assert (directory / snapshot.id).exists()

    service.snapshots.delete(a_caller(), snapshot.id)

    assert not (directory / snapshot.id).exists()
    with pytest.raises(NotFound):
        service.snapshots.get(a_caller(), "then")


def test_a_snapshot_that_is_being_copied_stays_and_the_copy_is_named(
    service: VolumeService, database: Database, volume: Volume
) -> None:
    snapshot = taken(service, volume.id)
    busy = a_copy_of(volume, snapshot)
    with database.write() as tx:
        volume_rows.insert_volume(tx, busy)

    with pytest.raises(WrongState) as refusal:
        service.snapshots.delete(a_caller(), "then")

    assert refusal.value.code == "snapshot-in-use"
    assert busy.id in refusal.value.message


def a_copy_of(volume: Volume, snapshot: VolumeSnapshot) -> Volume:
    return Volume(
        id=ATTACHMENT,
        name="busy",
        project_id=volume.project_id,
        size_gib=1,
        status=VolumeStatus.CREATING,
        bootable=False,
        image_id=None,
        attachment_id=None,
        instance_id=None,
        created_at=volume.created_at,
        updated_at=volume.updated_at,
        snapshot_id=snapshot.id,
    )


def test_snapshots_are_listed_by_name_and_those_of_one_volume(
    service: VolumeService, volume: Volume
) -> None:
    other = service.volumes.create_volume(a_caller(), VolumeDraft(1))
    late, early = taken(service, "data", "z"), taken(service, other.id, "a")

    assert list(service.snapshots.page(a_caller(), Page())) == [early, late]
    assert list(service.snapshots.page(a_caller(), Page(), volume="data")) == [late]
    assert not service.snapshots.page(a_caller("other"), Page())


def test_the_next_daemon_goes_on_with_a_snapshot(
    start_service: StartService, database: Database, directory: Path
) -> None:
    first = start_service()
    volume = first.volumes.create_volume(a_caller(), VolumeDraft(1, name="data"))
    snapshot = taken(first, "data")
    (directory / snapshot.id).unlink()
    with database.write() as tx:
        now = snapshot.updated_at
        ends = (SnapshotStatus.AVAILABLE,)
        rows.move_snapshot(tx, snapshot.id, ends, SnapshotStatus.CREATING, now)
        volume_rows.move_volume(tx, volume.id, VolumeStatus.MAINTENANCE, now)
    first.close()

    second = start_service()
    second.recover()

    assert eventually(lambda: second.snapshots.get(a_caller(), "then").status == "available")
    assert second.volumes.get_volume(a_caller(), "data").status is VolumeStatus.AVAILABLE
    assert (directory / snapshot.id).exists()


def test_the_next_daemon_gives_back_what_nobody_copies_any_more(
    start_service: StartService, database: Database
) -> None:
    first = start_service()
    volume = first.volumes.create_volume(a_caller(), VolumeDraft(1))
    with database.write() as tx:
        volume_rows.move_volume(tx, volume.id, VolumeStatus.MAINTENANCE, volume.updated_at)

    second = start_service()
    second.recover()

    assert second.volumes.get_volume(a_caller(), volume.id).status is VolumeStatus.AVAILABLE


def test_a_snapshot_whose_volume_is_damaged_says_so(
    service: VolumeService, volume: Volume, directory: Path
) -> None:
    (directory / volume.id).unlink()

    snapshot = taken(service, "data")

    assert snapshot.status is SnapshotStatus.ERROR
    assert "volume-damaged" in (snapshot.status_reason or "")
    with pytest.raises(WrongState) as refusal:
        service.volumes.create_volume(a_caller(), VolumeDraft(snapshot="then"))
    assert refusal.value.code == "snapshot-not-available"
    service.snapshots.delete(a_caller(), "then")


def test_a_volume_has_one_source_and_is_no_smaller(service: VolumeService, volume: Volume) -> None:
    with pytest.raises(InvalidRequest):
        service.volumes.create_volume(
            a_caller(), VolumeDraft(1, image="tiny", source_volume="data")
        )
    large = service.volumes.create_volume(a_caller(), VolumeDraft(3))
    with pytest.raises(InvalidRequest) as refusal:
        service.volumes.create_volume(a_caller(), VolumeDraft(2, source_volume=large.id))
    assert refusal.value.code == "volume-too-small"
