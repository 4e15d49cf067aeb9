"""Volumes of an instance: reserved for its boot, connected, given back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.callers import a_build, a_caller, a_service, an_admin, an_agent
from tests.support.images import OneImage
from tests.support.instances import an_instance, keep
from tests.support.machines import a_disk
from vmctld.domain.instance import TaskState, VmState
from vmctld.domain.volume import (
    AttachmentRequest,
    Volume,
    VolumeConnection,
    VolumeDraft,
    VolumeRequest,
    VolumeStatus,
)
from vmctld.errors import Corrupted, Forbidden, InvalidRequest, NotFound, WrongState
from vmctld.storage.database import Database
from vmctld.volume.service import VolumeService

SERVER = str(uuid.UUID(int=1))
OTHER_SERVER = str(uuid.UUID(int=2))


@pytest.fixture
def volume(service: VolumeService) -> Volume:
    return service.volumes.create_volume(a_caller(), VolumeDraft(1, name="data"))


def asked(volume: Volume) -> AttachmentRequest:
    return AttachmentRequest(str(uuid.uuid4()), volume.id)


def reserve(service: VolumeService, *requests: AttachmentRequest, server: str = SERVER) -> None:
    service.attachments.reserve_volumes(server, requests)


def connect(
    service: VolumeService,
    *requests: AttachmentRequest,
    server: str = SERVER,
    host: str = "host-1",
) -> tuple[VolumeConnection, ...]:
    return service.attachments.connect_volumes(a_build(server), server, host, requests)


def status_of(service: VolumeService, volume: Volume) -> VolumeStatus:
    return service.volumes.get_volume(a_caller(), volume.id).status


@pytest.mark.parametrize("text", ["", "web", "\x00", "x" * 4_000_000, SERVER.replace("-", "")])
def test_a_volume_is_reserved_for_ids_only(
    service: VolumeService, volume: Volume, text: str
) -> None:
    for server, attachment_id in ((text, str(uuid.uuid4())), (SERVER, text)):
        with pytest.raises(InvalidRequest) as refused:
            reserve(service, AttachmentRequest(attachment_id, volume.id), server=server)
        assert refused.value.code == "invalid-id"

    assert status_of(service, volume) is VolumeStatus.AVAILABLE


def test_a_boot_names_volumes_or_gives_their_ids(service: VolumeService, volume: Volume) -> None:
    other = service.volumes.create_volume(a_caller(), VolumeDraft(1))

    found = service.attachments.resolve_volumes(
        a_caller(), [VolumeRequest(other.id), VolumeRequest("data")]
    )

    assert found == (other, volume)


def test_a_volume_of_another_project_does_not_exist_for_a_boot(
    service: VolumeService, volume: Volume
) -> None:
    for caller in (a_caller("other"), an_admin()):
        with pytest.raises(NotFound) as refusal:
            service.attachments.resolve_volumes(caller, [VolumeRequest(volume.id)])
        assert refusal.value.code == "volume-not-found"


def test_a_boot_on_a_volume_in_use_is_refused_naming_its_server(
    service: VolumeService, volume: Volume
) -> None:
    reserve(service, asked(volume))

    with pytest.raises(WrongState) as refusal:
        service.attachments.resolve_volumes(a_caller(), [VolumeRequest("data")])

    assert refusal.value.code == "volume-in-use"
    assert refusal.value.facts["instance_id"] == SERVER


def test_only_a_bootable_volume_is_booted_from(
    service: VolumeService, volume: Volume, image: OneImage, settled: Callable[[Volume], Volume]
) -> None:
    root = settled(service.volumes.create_volume(a_caller(), VolumeDraft(1, image="tiny")))

    assert service.attachments.resolve_volumes(a_caller(), [VolumeRequest(root.id, 0)])
    with pytest.raises(InvalidRequest) as refusal:
        service.attachments.resolve_volumes(a_caller(), [VolumeRequest("data", 0)])
    assert refusal.value.code == "volume-not-bootable"


def test_the_same_volume_or_boot_index_twice_is_refused(
    service: VolumeService, volume: Volume
) -> None:
    other = service.volumes.create_volume(a_caller(), VolumeDraft(1))

    for requests in (
        [VolumeRequest("data"), VolumeRequest(volume.id)],
        [VolumeRequest("data", 1), VolumeRequest(other.id, 1)],
    ):
        with pytest.raises(InvalidRequest) as refusal:
            service.attachments.resolve_volumes(a_caller(), requests)
        assert refusal.value.code == "invalid-volume"
    never = [VolumeRequest("data", -1), VolumeRequest(other.id, -1)]
    assert len(service.attachments.resolve_volumes(a_caller(), never)) == 2


def test_a_reserved_volume_tells_for_whom(service: VolumeService, volume: Volume) -> None:
    request = asked(volume)

    for _ in range(2):  # a repeated request changes nothing
        reserve(service, request)

    found = service.volumes.get_volume(a_caller(), "data")
    assert (found.status, found.instance_id, found.attachment_id) == (
        VolumeStatus.RESERVED,
        SERVER,
        request.attachment_id,
    )


def test_all_volumes_are_reserved_or_none(service: VolumeService, volume: Volume) -> None:
    taken = service.volumes.create_volume(a_caller(), VolumeDraft(1))
    reserve(service, asked(taken), server=OTHER_SERVER)

    with pytest.raises(WrongState) as refusal:
        reserve(service, asked(volume), asked(taken))

    assert refusal.value.code == "volume-in-use"
    assert status_of(service, volume) is VolumeStatus.AVAILABLE


def test_of_many_boots_on_one_volume_one_gets_it(service: VolumeService, volume: Volume) -> None:
    def attempt(number: int) -> bool:
        try:
            reserve(service, asked(volume), server=str(uuid.UUID(int=number)))
        except WrongState:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = sum(pool.map(attempt, range(16)))

    assert won == 1


def test_of_volumes_one_of_which_is_gone_none_is_reserved(
    service: VolumeService, volume: Volume
) -> None:
    gone = AttachmentRequest(str(uuid.uuid4()), str(uuid.uuid4()))

    with pytest.raises(NotFound):
        reserve(service, asked(volume), gone)

    assert status_of(service, volume) is VolumeStatus.AVAILABLE


def test_a_build_learns_how_to_reach_its_volumes_in_the_order_it_asked(
    service: VolumeService, volume: Volume, directory: Path
) -> None:
    other = service.volumes.create_volume(a_caller(), VolumeDraft(2))
    requests = sorted((asked(volume), asked(other)), key=lambda r: r.volume_id, reverse=True)
    reserve(service, *requests)

    connections = connect(service, *requests)

    assert [c.attachment_id for c in connections] == [r.attachment_id for r in requests]
    by_volume = {c.volume_id: c for c in connections}
    assert by_volume[other.id] == VolumeConnection(
        attachment_id=by_volume[other.id].attachment_id,
        volume_id=other.id,
        kind="file",
        path=str(directory / other.id),
        disk_format="qcow2",
        size_bytes=2 * 1024**3,
        read_only=False,
    )
    assert status_of(service, volume) is VolumeStatus.IN_USE
    assert connect(service, *requests) == connections


def test_only_the_build_of_the_instance_connects(service: VolumeService, volume: Volume) -> None:
    for caller in (a_caller(), an_admin(), a_service(), a_build(OTHER_SERVER)):
        with pytest.raises(Forbidden) as refusal:
            service.attachments.connect_volumes(caller, SERVER, "host-1", [asked(volume)])
        assert refusal.value.code == "build-only"


def test_a_volume_reserved_for_another_server_is_not_connected(
    service: VolumeService, volume: Volume
) -> None:
    request = asked(volume)
    reserve(service, request, server=OTHER_SERVER)

    for stale in (request, asked(volume)):
        with pytest.raises(WrongState) as refusal:
            connect(service, stale)
        assert refusal.value.code == "volume-in-use"
    assert service.volumes.get_volume(a_caller(), "data").instance_id == OTHER_SERVER


def test_a_reservation_that_an_undo_gave_up_is_made_again_for_the_next_host(
    service: VolumeService, volume: Volume
) -> None:
    request = asked(volume)
    reserve(service, request)
    connect(service, request, host="host-1")
    service.attachments.release_volumes(a_service(), SERVER, host="host-1")
    assert status_of(service, volume) is VolumeStatus.AVAILABLE

    connect(service, request, host="host-2")

    assert status_of(service, volume) is VolumeStatus.IN_USE


@pytest.mark.parametrize("damage", ["gone", "cut off", "other format", "smaller"])
def test_a_damaged_volume_is_not_connected(
    service: VolumeService, volume: Volume, directory: Path, damage: str
) -> None:
    path = directory / volume.id
    request = asked(volume)
    reserve(service, request)
    match damage:
        case "gone":
            path.unlink()
        case "cut off":
            path.write_bytes(path.read_bytes()[:20])
        case "other format":
            path.write_bytes(bytes(1000))
        case "smaller":
            path.unlink()
            a_disk(path, "512M")

    with pytest.raises(Corrupted) as refusal:
        connect(service, request)

    assert refusal.value.code == "volume-damaged"
    assert str(directory) not in f"{refusal.value.message}{refusal.value.facts}"
    assert status_of(service, volume) is VolumeStatus.RESERVED


def test_attachments_end_all_together_or_by_their_own_ids(
    service: VolumeService, volume: Volume
) -> None:
    other = service.volumes.create_volume(a_caller(), VolumeDraft(1))
    first, second = asked(volume), asked(other)
    connect(service, first, second)

    service.attachments.release_volumes(a_service(), SERVER, [second.attachment_id])
    assert status_of(service, volume) is VolumeStatus.IN_USE
    assert status_of(service, other) is VolumeStatus.AVAILABLE

    for _ in range(2):  # absent is fine
        service.attachments.release_volumes(a_service(), SERVER)
    assert status_of(service, volume) is VolumeStatus.AVAILABLE


def test_a_stale_attachment_never_reaches_the_volumes_next_owner(
    service: VolumeService, volume: Volume
) -> None:
    old = asked(volume)
    connect(service, old)
    service.attachments.release_volumes(a_service(), SERVER)
    connect(service, asked(volume), server=OTHER_SERVER)

    service.attachments.release_volumes(a_service(), SERVER, [old.attachment_id])

    assert service.volumes.get_volume(a_caller(), "data").instance_id == OTHER_SERVER


def test_a_late_undo_spares_what_the_next_host_was_given(
    service: VolumeService, volume: Volume
) -> None:
    request = asked(volume)
    connect(service, request, host="host-1")
    connect(service, request, host="host-2")

    service.attachments.release_volumes(a_service(), SERVER, host="host-1")

    assert status_of(service, volume) is VolumeStatus.IN_USE


def test_an_undo_gives_up_what_was_only_reserved(service: VolumeService, volume: Volume) -> None:
    reserve(service, asked(volume))

    service.attachments.release_volumes(a_service(), SERVER, host="host-1")

    assert status_of(service, volume) is VolumeStatus.AVAILABLE


def test_an_agent_ends_attachments_of_its_own_host_only(
    service: VolumeService, volume: Volume
) -> None:
    connect(service, asked(volume), host="host-2")

    service.attachments.release_volumes(an_agent("host-1"), SERVER)
    with pytest.raises(Forbidden) as refused:
        service.attachments.release_volumes(an_agent("host-1"), SERVER, host="host-2")

    assert refused.value.code == "other-host"
    assert status_of(service, volume) is VolumeStatus.IN_USE
    service.attachments.release_volumes(an_agent("host-2"), SERVER)
    assert status_of(service, volume) is VolumeStatus.AVAILABLE


def test_an_agent_gives_up_a_reservation_of_a_server_of_its_host_only(
    service: VolumeService, volume: Volume, database: Database
) -> None:
    server = an_instance(host="host-1")
    keep(database, server)
    reserve(service, asked(volume), server=server.id)

    service.attachments.release_volumes(an_agent("host-2"), server.id)
    assert status_of(service, volume) is VolumeStatus.RESERVED
    service.attachments.release_volumes(an_agent("host-1"), server.id)
    assert status_of(service, volume) is VolumeStatus.AVAILABLE


@pytest.mark.parametrize(
    "end",
    [
        {"vm_state": VmState.ERROR},
        {"vm_state": VmState.DELETED},
        {"task_state": TaskState.DELETING},
    ],
    ids=["failed", "deleted", "being deleted"],
)
def test_nothing_is_reserved_for_a_server_that_is_over(
    service: VolumeService, volume: Volume, database: Database, end: dict[str, Any]
) -> None:
    server = an_instance(**end)
    keep(database, server)

    reserve(service, asked(volume), server=server.id)

    assert status_of(service, volume) is VolumeStatus.AVAILABLE


def test_users_end_attachments_of_their_own_volumes_only(
    service: VolumeService, volume: Volume
) -> None:
    reserve(service, asked(volume))

    service.attachments.release_volumes(a_caller("other"), SERVER)
    assert status_of(service, volume) is VolumeStatus.RESERVED
    with pytest.raises(Forbidden):
        service.attachments.release_volumes(a_build(OTHER_SERVER), SERVER)
    service.attachments.release_volumes(a_caller(), SERVER)
    assert status_of(service, volume) is VolumeStatus.AVAILABLE
