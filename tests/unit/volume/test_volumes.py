"""Volumes: made, found, deleted, and what a crash leaves of them."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.callers import a_caller, a_service, an_admin
from tests.support.images import OneImage
from vmctld.domain.image import ImageStatus
from vmctld.domain.paging import Page
from vmctld.domain.volume import AttachmentRequest, Volume, VolumeDraft, VolumeStatus
from vmctld.errors import (
    Conflict,
    Exhausted,
    Forbidden,
    InvalidRequest,
    NotFound,
    Unavailable,
    WrongState,
)
from vmctld.storage.database import Database
from vmctld.storage.repositories import volumes as rows
from vmctld.volume.service import VolumeService

SERVER = "0c7a1d1e-0000-4000-8000-000000000001"
ATTACHMENT = "0c7a1d1e-0000-4000-8000-0000000000a1"

StartService = Callable[[], VolumeService]
Settled = Callable[[Volume], Volume]

FROM_TINY = VolumeDraft(1, image="tiny")


def info(path: Path) -> dict[str, object]:
    told = subprocess.run(
        ["qemu-img", "info", "-f", "qcow2", "--output=json", str(path)],
        check=True,
        capture_output=True,
    )
    return json.loads(told.stdout)


def test_a_blank_volume_is_available_at_once(service: VolumeService, directory: Path) -> None:
    volume = service.volumes.create_volume(a_caller(), VolumeDraft(3, name="data"))

    assert (volume.status, volume.bootable) == (VolumeStatus.AVAILABLE, False)
    assert service.volumes.get_volume(a_caller(), "data") == volume
    path = directory / volume.id
    assert info(path)["virtual-size"] == 3 * 1024**3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert [file.name for file in directory.iterdir()] == [volume.id]


@pytest.mark.parametrize(
    ("size_gib", "error", "code"),
    [
        (0, InvalidRequest, "invalid-size"),
        (-1, InvalidRequest, "invalid-size"),
        (16 * 1024 + 1, Exhausted, "volume-too-large"),
    ],
)
def test_a_size_that_cannot_be_is_refused(
    service: VolumeService, size_gib: int, error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as refusal:
        service.volumes.create_volume(a_caller(), VolumeDraft(size_gib))

    assert refusal.value.code == code
    assert service.volumes.list_volumes(a_caller(), Page()) == []


def test_a_name_that_cannot_be_is_refused(service: VolumeService) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        service.volumes.create_volume(a_caller(), VolumeDraft(1, name="a=b"))

    assert refusal.value.code == "invalid-name"


def test_a_volume_from_an_image_is_filled_and_then_available(
    service: VolumeService, settled: Settled, directory: Path, image: OneImage
) -> None:
    creating = service.volumes.create_volume(a_caller(), VolumeDraft(1, name="root", image="tiny"))

    volume = settled(creating)

    assert creating.status is VolumeStatus.CREATING
    assert (volume.status, volume.bootable, volume.image_id) == (
        VolumeStatus.AVAILABLE,
        True,
        image.image.id,
    )
    path = directory / volume.id
    assert info(path)["virtual-size"] == 1024**3
    assert "backing-filename" not in info(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = subprocess.run(
        ["qemu-io", "-f", "qcow2", "-r", "-c", "read -v 0 11", str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "first.words" in read.stdout


@pytest.mark.parametrize(
    ("fields", "error", "code"),
    [
        ({"virtual_size_bytes": 1024**3 + 1}, InvalidRequest, "volume-too-small"),
        ({"min_disk_gib": 2}, InvalidRequest, "volume-too-small"),
        ({"status": ImageStatus.SAVING}, WrongState, "image-not-active"),
        ({"virtual_size_bytes": None}, WrongState, "image-not-active"),
        ({"name": "other"}, NotFound, "image-not-found"),
    ],
)
def test_an_image_that_cannot_fill_it_is_refused(
    service: VolumeService,
    image: OneImage,
    fields: dict[str, object],
    error: type[Exception],
    code: str,
) -> None:
    image.change(**fields)

    with pytest.raises(error) as refusal:
        service.volumes.create_volume(a_caller(), VolumeDraft(1, image="tiny"))

    assert refusal.value.code == code
    assert service.volumes.list_volumes(a_caller(), Page()) == []


def test_a_volume_that_cannot_be_filled_ends_in_error_without_a_file(
    service: VolumeService, settled: Settled, directory: Path, image: OneImage
) -> None:
    assert image.path
    image.path.write_bytes(b"this is no image")

    volume = settled(service.volumes.create_volume(a_caller(), VolumeDraft(1, image="tiny")))

    assert volume.status is VolumeStatus.ERROR
    assert list(directory.iterdir()) == []
    service.volumes.delete_volume(a_caller(), volume.id)
    assert service.volumes.list_volumes(a_caller(), Page()) == []


def test_a_volume_whose_image_is_elsewhere_or_gone_ends_in_error(
    service: VolumeService, settled: Settled, image: OneImage
) -> None:
    image.path = None
    assert (
        settled(service.volumes.create_volume(a_caller(), VolumeDraft(1, image="tiny"))).status
        == "error"
    )

    image.failure = NotFound("gone")
    assert (
        settled(service.volumes.create_volume(a_caller(), VolumeDraft(1, image="tiny"))).status
        == "error"
    )

    image.failure = RuntimeError("a bug")
    assert (
        settled(service.volumes.create_volume(a_caller(), VolumeDraft(1, image="tiny"))).status
        == "error"
    )


def test_what_another_project_owns_does_not_exist(service: VolumeService) -> None:
    volume = service.volumes.create_volume(a_caller(), VolumeDraft(1, name="data"))

    for reference in ("data", volume.id):
        with pytest.raises(NotFound) as refusal:
            service.volumes.delete_volume(a_caller("other"), reference)
        assert refusal.value.code == "volume-not-found"
    assert service.volumes.get_volume(an_admin(), volume.id) == volume
    assert service.volumes.list_volumes(a_caller("other"), Page()) == []
    assert service.volumes.list_volumes(an_admin(), Page(), all_projects=True) == [volume]
    with pytest.raises(Forbidden):
        service.volumes.list_volumes(a_caller(), Page(), all_projects=True)


def test_a_name_that_fits_several_is_refused(service: VolumeService) -> None:
    for _ in range(2):
        service.volumes.create_volume(a_caller(), VolumeDraft(1, name="data"))

    with pytest.raises(Conflict):
        service.volumes.get_volume(a_caller(), "data")


def test_a_list_is_sorted_by_name_and_paged(service: VolumeService) -> None:
    for name in ("b", "", "a"):
        service.volumes.create_volume(a_caller(), VolumeDraft(1, name=name))

    first = service.volumes.list_volumes(a_caller(), Page(limit=2))
    rest = service.volumes.list_volumes(a_caller(), Page(limit=2, marker=first[-1].id))

    assert [volume.name for volume in (*first, *rest)] == ["", "a", "b"]


def test_a_deleted_volume_leaves_nothing(service: VolumeService, directory: Path) -> None:
    volume = service.volumes.create_volume(a_caller(), VolumeDraft(1))
    service.volumes.delete_volume(a_service(), volume.id)

    assert list(directory.iterdir()) == []
    with pytest.raises(NotFound):
        service.volumes.delete_volume(a_caller(), volume.id)


def test_a_volume_in_use_is_not_deleted_and_its_server_is_named(
    service: VolumeService, directory: Path
) -> None:
    volume = service.volumes.create_volume(a_caller(), VolumeDraft(1))
    service.attachments.reserve_volumes(SERVER, [AttachmentRequest(ATTACHMENT, volume.id)])

    with pytest.raises(WrongState) as refusal:
        service.volumes.delete_volume(a_caller(), volume.id)

    assert refusal.value.code == "volume-in-use"
    assert refusal.value.facts["instance_id"] == SERVER
    assert (directory / volume.id).exists()


def test_a_volume_that_is_being_made_is_not_deleted(
    service: VolumeService, database: Database
) -> None:
    volume = service.volumes.create_volume(a_caller(), VolumeDraft(1))
    leave_as(database, volume, "creating")

    with pytest.raises(WrongState) as refusal:
        service.volumes.delete_volume(a_caller(), volume.id)

    assert refusal.value.code == "volume-not-available"


def test_a_full_disk_leaves_nothing(
    start_service: StartService, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start_service()
    monkeypatch.setattr(
        "vmctld.volume.store.os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full"))
    )

    with pytest.raises(Exhausted) as refusal:
        service.volumes.create_volume(a_caller(), VolumeDraft(1))

    assert refusal.value.code == "disk-full"
    assert service.volumes.list_volumes(a_caller(), Page()) == []
    assert list(directory.iterdir()) == []


def leave_as(database: Database, volume: Volume, status: str) -> None:
    """Leave ``volume`` in the state that a daemon had it in when it was killed."""
    with database.write() as tx:
        tx.exec_driver_sql("UPDATE volumes SET status=? WHERE id=?", (status, volume.id))


def test_a_restart_removes_what_was_half_made(start_service: StartService, directory: Path) -> None:
    service = start_service()
    (directory / "x.part").write_bytes(b"half")

    service.recover()

    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("file_is_there", [True, False])
def test_a_restart_finishes_a_blank_volume(
    start_service: StartService, database: Database, directory: Path, file_is_there: bool
) -> None:
    volume = start_service().volumes.create_volume(a_caller(), VolumeDraft(1))
    leave_as(database, volume, "creating")
    if not file_is_there:
        (directory / volume.id).unlink()

    start_service().recover()

    assert start_service().volumes.get_volume(a_caller(), volume.id).status == "available"
    assert info(directory / volume.id)["virtual-size"] == 1024**3


@pytest.mark.parametrize("file_is_there", [True, False])
def test_a_restart_finishes_filling_a_volume(
    start_service: StartService,
    database: Database,
    directory: Path,
    settled: Settled,
    file_is_there: bool,
) -> None:
    volume = settled(
        start_service().volumes.create_volume(a_caller(), VolumeDraft(1, image="tiny"))
    )
    leave_as(database, volume, "creating")
    if not file_is_there:
        (directory / volume.id).unlink()

    start_service().recover()

    assert settled(volume).status is VolumeStatus.AVAILABLE
    assert (directory / volume.id).exists()


@pytest.mark.parametrize("file_is_there", [True, False])
def test_a_restart_finishes_a_deletion(
    start_service: StartService, database: Database, directory: Path, file_is_there: bool
) -> None:
    volume = start_service().volumes.create_volume(a_caller(), VolumeDraft(1))
    leave_as(database, volume, "deleting")
    if not file_is_there:
        (directory / volume.id).unlink()

    start_service().recover()

    assert list(directory.iterdir()) == []
    with database.read() as tx:
        assert rows.get_volume(tx, volume.id) is None


def test_a_deletion_that_the_disk_refused_can_be_repeated(
    service: VolumeService, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = service.volumes.create_volume(a_caller(), VolumeDraft(1))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", fail_to_unlink)
        with pytest.raises(OSError, match="Input/output"):
            service.volumes.delete_volume(a_caller(), volume.id)

    service.volumes.delete_volume(a_caller(), volume.id)

    assert list(directory.iterdir()) == []


def test_one_volume_on_a_bad_disk_does_not_keep_the_daemon_from_starting(
    start_service: StartService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start_service()
    bad, blank = (first.volumes.create_volume(a_caller(), VolumeDraft(1)) for _ in range(2))
    leave_as(database, bad, "deleting")
    leave_as(database, blank, "creating")
    service = start_service()

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", fail_to_unlink)
        service.recover()

    assert service.volumes.get_volume(a_caller(), bad.id).status is VolumeStatus.DELETING
    assert service.volumes.get_volume(a_caller(), blank.id).status is VolumeStatus.AVAILABLE


def fail_to_unlink(path: Path, missing_ok: bool = False) -> None:
    raise OSError(5, "Input/output error")


def test_a_volume_that_was_not_filled_before_the_end_is_filled_by_the_next_daemon(
    start_service: StartService, image: OneImage, settled: Settled
) -> None:
    image.failure = Unavailable("shutting down")
    first = start_service()
    volume = first.volumes.create_volume(a_caller(), VolumeDraft(1, image="tiny"))
    first.close()
    assert first.volumes.get_volume(a_caller(), volume.id).status is VolumeStatus.CREATING
    image.failure = None

    start_service().recover()

    assert settled(volume).status is VolumeStatus.AVAILABLE
