"""Images of servers' disks, through the whole pipeline: made, failed, shelved, brought back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.callers import a_caller
from tests.support.cloud import Cloud, eventually
from vmctld.compute.api.snapshots import Snapshots
from vmctld.compute.api.unshelving import Unshelving
from vmctld.compute.conductor.sweep import Sweep
from vmctld.domain.clock import utc_now
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.machine import PowerState
from vmctld.domain.volume import VolumeRequest
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.errors import Exhausted, InvalidRequest, NotSupported, WrongState
from vmctld.observe import context
from vmctld.storage.repositories import hosts

HOSTS = ("host-1", "host-2")
TERM_S = 3600


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with Cloud(tmp_path, host_names=HOSTS) as cloud:
        yield cloud


def _snapshots(cloud: Cloud, kept_s: int = 0) -> Snapshots:
    return Snapshots(cloud.actions, cloud.instances, cloud.services, kept_s)


def _snapshot(cloud: Cloud, instance: Instance, request_id: str = "") -> str:
    with context.bind(request_id=request_id or context.new_request_id()):
        return _snapshots(cloud).snapshot(a_caller(), instance.id, "snap", {"a": "b"})[1]


def _shelve(cloud: Cloud, instance: Instance, kept_s: int = 0) -> None:
    with context.bind(request_id=context.new_request_id()):
        _snapshots(cloud, kept_s).shelve(a_caller(), instance.id)


def _shelved(cloud: Cloud, instance: Instance, state: VmState, kept_s: int = 0) -> Instance:
    _shelve(cloud, instance, kept_s)
    return cloud._wait(instance.id, lambda one: one.has_settled and one.vm_state is state)


def _unshelve(cloud: Cloud, instance: Instance, zone: str = "") -> Instance:
    unshelving = Unshelving(cloud.actions, cloud.outbox, cloud.bus.named("compute-api"), utc_now)
    with context.bind(request_id=context.new_request_id()):
        unshelving.unshelve(a_caller(), instance.id, zone)
    return cloud.settled(instance.id)


def _copies(cloud: Cloud, instance: Instance) -> list[str]:
    drivers = (one for one in cloud.drivers.values() if isinstance(one, FakeDriver))
    return [token for driver in drivers for token in driver.copies_of(instance.id)]


@pytest.mark.parametrize("before", [(), ("stop",), ("pause",), ("suspend",)], ids=" ".join)
def test_an_image_is_made_of_a_server_that_stays_as_it_was(
    cloud: Cloud, before: tuple[str, ...]
) -> None:
    instance = cloud.settled(cloud.boot().id)
    instance = cloud.acted(instance.id, *before) if before else instance

    image_id = _snapshot(cloud, instance)
    after = cloud.settled(instance.id)

    assert list(cloud.stores.made) == [image_id]
    assert (after.vm_state, after.power_state) == (instance.vm_state, instance.power_state)
    assert after.host == instance.host
    eventually(lambda: _copies(cloud, instance) == [], "the copy goes")


def test_an_image_says_what_it_was_made_of(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    image_id = _snapshot(cloud, instance)

    wish = cloud.stores.queued[image_id]
    assert wish.properties == {
        "a": "b",
        "image_type": "snapshot",
        "instance_uuid": instance.id,
        "user_id": instance.user_id,
        "base_image_ref": instance.image_id,
    }
    assert (wish.min_disk_gib, wish.min_ram_mib) == (1, 96)


def test_a_snapshot_that_fails_leaves_neither_an_image_nor_a_copy(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    def fail(name: str) -> None:
        if name == "fill-image":
            raise Exhausted("the store is full", code="disk-full")

    cloud.stores.after = fail
    _snapshot(cloud, instance)
    after = cloud.settled(instance.id)

    assert (after.vm_state, after.fault) == (VmState.ACTIVE, None)
    assert cloud.stores.made == {}
    assert _copies(cloud, instance) == []


def test_a_request_that_comes_twice_makes_one_image(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    first = _snapshot(cloud, instance, "req-one")
    second = _snapshot(cloud, instance, "req-one")
    cloud.settled(instance.id)
    third = _snapshot(cloud, instance, "req-one")

    assert first == second == third
    assert list(cloud.stores.made) == [first]


def test_a_server_that_is_being_built_gives_no_image(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)
    _shelved(cloud, instance, VmState.SHELVED_OFFLOADED)
    queued = dict(cloud.stores.queued)

    with pytest.raises(WrongState):
        _snapshot(cloud, instance)

    assert cloud.stores.queued == queued


def test_a_backup_needs_a_type_and_a_rotation(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    for backup_type, rotation in (("", 1), ("daily", -1)):
        with pytest.raises(InvalidRequest) as refusal:
            _snapshots(cloud).backup(a_caller(), instance.id, "b", backup_type, rotation)
        assert refusal.value.code == "invalid-backup"


@pytest.mark.parametrize("before", [(), ("stop",), ("pause",), ("suspend",)], ids=" ".join)
def test_a_shelved_server_gives_up_its_host_and_comes_back_with_its_own(
    cloud: Cloud, before: tuple[str, ...]
) -> None:
    instance = cloud.settled(cloud.boot().id)
    instance = cloud.acted(instance.id, *before) if before else instance
    ports, claimed = dict(cloud.stores.ports), cloud.claimed()

    shelved = _shelved(cloud, instance, VmState.SHELVED_OFFLOADED)
    eventually(lambda: all(not d.machines() for d in cloud.drivers.values()), "it is off its host")

    assert (shelved.host, shelved.status) == (None, "SHELVED_OFFLOADED")
    assert cloud.claimed() == (0, 0, 0)
    assert cloud.stores.ports == ports
    assert len(cloud.stores.made) == 1

    back = _unshelve(cloud, instance)

    assert (back.vm_state, back.power_state) == (VmState.ACTIVE, PowerState.RUNNING)
    assert (back.image_id, back.aside) == (instance.image_id, None)
    assert cloud.stores.ports == ports
    assert cloud.claimed() == claimed
    eventually(lambda: cloud.stores.made == {}, "what it was shelved as goes")


def test_one_that_keeps_its_host_comes_back_there(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    shelved = _shelved(cloud, instance, VmState.SHELVED, kept_s=-1)
    with pytest.raises(WrongState) as refusal:
        _unshelve(cloud, instance, zone="nova")
    assert refusal.value.code == "unshelve-has-host"
    back = _unshelve(cloud, instance)

    assert (shelved.host, shelved.deadline_at) == (instance.host, None)
    assert (back.vm_state, back.host, back.attempt) == (VmState.ACTIVE, instance.host, 1)
    eventually(lambda: cloud.stores.made == {}, "what it was shelved as goes")


def test_one_whose_term_on_its_host_is_over_gives_it_up(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)
    _shelved(cloud, instance, VmState.SHELVED, kept_s=TERM_S)
    bus = cloud.bus.named("conductor")

    Sweep(cloud.database, cloud.outbox, bus, utc_now).sweep()
    assert cloud.settled(instance.id).vm_state is VmState.SHELVED
    Sweep(
        cloud.database, cloud.outbox, bus, lambda: utc_now() + timedelta(seconds=2 * TERM_S)
    ).sweep()

    assert cloud.settled(instance.id).vm_state is VmState.SHELVED_OFFLOADED


def test_one_for_which_there_is_no_room_stays_shelved(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)
    _shelved(cloud, instance, VmState.SHELVED_OFFLOADED)

    back = _unshelve(cloud, instance, zone="nowhere")

    assert (back.status, back.host) == ("SHELVED_OFFLOADED", None)
    assert back.fault is not None
    assert back.fault.code == "no-valid-host"
    assert len(cloud.stores.made) == 1
    (first, *_) = cloud.instances.actions(a_caller(), instance.id)
    assert first.action.message.startswith("no-valid-host: ")


def test_one_that_boots_from_a_volume_is_shelved_without_an_image(cloud: Cloud) -> None:
    volumes = (VolumeRequest("vol-1", boot_index=0),)
    instance = cloud.settled(cloud.boot(image=None, volumes=volumes).id)
    attachments = dict(cloud.stores.attachments)

    with pytest.raises(NotSupported) as refusal:
        _snapshot(cloud, instance)
    assert refusal.value.code == "snapshot-of-volume"
    shelved = _shelved(cloud, instance, VmState.SHELVED_OFFLOADED)
    back = _unshelve(cloud, instance)

    assert cloud.stores.queued == {}
    assert (shelved.volumes, cloud.stores.attachments) == (instance.volumes, attachments)
    assert (back.vm_state, back.aside) == (VmState.ACTIVE, None)


def test_a_shelved_server_that_is_deleted_leaves_nothing(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)
    _shelved(cloud, instance, VmState.SHELVED_OFFLOADED)

    cloud.delete(instance.id)
    cloud.gone(instance.id)

    cloud.stores.images.clear()  # the copy that its host holds goes with the cache's next round
    assert cloud.leftovers() == []
    assert cloud.stores.made == {}
    with cloud.database.read() as tx:
        assert {host.instances for host in hosts.everything(tx)} == {0}
