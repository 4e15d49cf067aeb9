"""Volumes of instances: what is accepted, and what it is refused with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from tests.support.instances import an_instance, keep, kept
from tests.support.recording_bus import RecordingBus
from tests.support.volumes import a_volume
from vmctld.compute.api.actions import Actions
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.volumes import MAX_VOLUMES, InstanceVolumes
from vmctld.compute.api.watch import Watchers
from vmctld.compute.outbox import Outbox
from vmctld.domain.instance import Instance, VmState, VolumePlan
from vmctld.domain.volume import Volume, VolumeRequest
from vmctld.errors import Forbidden, NotFound, QuotaExceeded, Unavailable, WrongState
from vmctld.storage.database import Database

DATA = "22222222-2222-4222-8222-222222222222"
ROOT = "33333333-3333-4333-8333-333333333333"


class OneVolume:
    """A volume service that has one volume and remembers what it was asked."""

    def __init__(self) -> None:
        self.volume = a_volume(DATA)
        self.asked: list[tuple[str, str]] = []
        self.is_away = False

    def resolve_volumes(self, volumes: Sequence[VolumeRequest]) -> tuple[Volume, ...]:
        return (self.volume,)

    def get_volume(self, volume: str) -> Volume:
        return replace(self.volume, id=volume)

    def check_growth(self, volume: str, size_gib: int) -> Volume:
        return self.volume

    def reserve_volumes(self, instance_id: str, plans: Sequence[VolumePlan]) -> None:
        self._hear("reserve", instance_id)

    def begin_detaching(self, instance_id: str, attachment_id: str) -> None:
        self._hear("detaching", attachment_id)

    def release_volumes(self, instance_id: str) -> None:
        self._hear("release", instance_id)

    def _hear(self, what: str, whom: str) -> None:
        self.asked.append((what, whom))
        if self.is_away:
            raise Unavailable("not now")


@pytest.fixture
def service() -> OneVolume:
    return OneVolume()


@pytest.fixture
def volumes(
    database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock, service: OneVolume
) -> InstanceVolumes:
    instances = Instances(database, Watchers(bus))
    return InstanceVolumes(Actions(outbox, bus, clock), instances, service, service)


def _kept(database: Database, *plans: VolumePlan) -> Instance:
    instance = an_instance(vm_state=VmState.ACTIVE, task_state=None, volumes=plans)
    keep(database, instance)
    return instance


@pytest.mark.parametrize("is_away", [False, True])
def test_an_attachment_is_accepted_and_its_volume_reserved_if_it_can_be(
    volumes: InstanceVolumes, database: Database, service: OneVolume, is_away: bool
) -> None:
    instance, service.is_away = _kept(database), is_away

    begun, plan = volumes.attach(a_caller(), instance.id, "data", delete_on_termination=True)

    assert begun.task is not None
    assert (begun.task.action, begun.task.volume) == ("attach_volume", plan)
    assert (plan.volume_id, plan.delete_on_termination) == (DATA, True)
    assert service.asked == [("reserve", instance.id)]


def test_a_request_that_comes_twice_is_answered_as_the_first_time(
    volumes: InstanceVolumes, database: Database, service: OneVolume
) -> None:
    instance = _kept(database)

    first = volumes.attach(a_caller(), instance.id, "data")
    second = volumes.attach(a_caller(), instance.id, "data")

    assert first[1] == second[1]
    assert len(service.asked) == 1


def test_a_bus_has_room_for_so_many(volumes: InstanceVolumes, database: Database) -> None:
    many = (VolumePlan(f"v{number}", f"a{number}") for number in range(MAX_VOLUMES))
    instance = _kept(database, *many)

    with pytest.raises(QuotaExceeded) as refusal:
        volumes.attach(a_caller(), instance.id, "data")

    assert refusal.value.code == "too-many-volumes"
    assert kept(database, instance.id).task is None


def test_a_volume_is_detached_as_it_was_attached(
    volumes: InstanceVolumes, database: Database, service: OneVolume
) -> None:
    plan = VolumePlan(DATA, "att-1")
    instance = _kept(database, plan)

    begun = volumes.detach(a_caller(), instance.id, DATA, force=True)

    assert begun.task is not None
    assert (begun.task.action, begun.task.volume, begun.task.force) == ("detach_volume", plan, True)
    assert service.asked == [("detaching", "att-1")]


def test_a_volume_whose_arrival_was_never_recorded_is_detached_all_the_same(
    volumes: InstanceVolumes, database: Database, service: OneVolume
) -> None:
    instance = _kept(database)
    service.volume = replace(service.volume, instance_id=instance.id, attachment_id="att-9")

    begun = volumes.detach(a_caller(), instance.id, DATA)

    assert begun.task is not None
    assert begun.task.volume == VolumePlan(DATA, "att-9")


def test_what_is_not_attached_and_what_it_boots_from_stay(
    volumes: InstanceVolumes, database: Database
) -> None:
    instance = _kept(database, VolumePlan(ROOT, "att-0", boot_index=0))

    with pytest.raises(NotFound) as unknown:
        volumes.detach(a_caller(), instance.id, DATA)
    with pytest.raises(Forbidden) as root:
        volumes.detach(a_caller(), instance.id, ROOT)

    assert (unknown.value.code, root.value.code) == ("volume-not-attached", "root-volume")
    assert root.value.message == "Cannot detach a root device volume"


def test_an_attached_volume_grows_by_its_server(
    volumes: InstanceVolumes, database: Database, service: OneVolume
) -> None:
    with pytest.raises(WrongState):
        volumes.extend(a_caller(), "data", 2)
    instance = _kept(database, VolumePlan(DATA, "att-1"))
    service.volume = replace(service.volume, instance_id=instance.id, attachment_id="att-1")

    begun = volumes.extend(a_caller(), "data", 2)

    assert begun.task is not None
    assert (begun.task.action, begun.task.size_gib) == ("extend_volume", 2)
