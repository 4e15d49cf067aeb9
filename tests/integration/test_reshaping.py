"""Another size and a fresh disk, through api, conductor, agent and driver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.callers import a_caller
from tests.support.cloud import NANO, SMALL, Cloud, eventually
from vmctld.compute.api.rewording import Words
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.machine import PowerState
from vmctld.domain.volume import VolumeRequest
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.errors import HypervisorFailed, InvalidRequest, NotSupported, NoValidHost
from vmctld.observe import context
from vmctld.storage.repositories import hosts

ON_TRIAL = (2, 128, 2)  # of either size the larger part: the way back stays open


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with Cloud(tmp_path) as cloud:
        yield cloud


def _driver(cloud: Cloud) -> FakeDriver:
    driver = cloud.drivers["host-1"]
    assert isinstance(driver, FakeDriver)
    return driver


def _resized(cloud: Cloud, *before: str) -> Instance:
    instance = cloud.settled(cloud.boot().id)
    for action in before:
        cloud.acted(instance.id, action)
    cloud.resize(instance.id, "m1.small")
    return cloud.settled(instance.id)


def test_a_rebuild_writes_what_it_is_given_and_leaves_the_rest(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot(metadata={"role": "web"}).id)
    words = Words(name="db", description="for orders", metadata={"role": "db"})

    with context.bind(request_id=context.new_request_id()):
        cloud.reshaping.rebuild(a_caller(), instance.id, "tiny", words)
    named = cloud.settled(instance.id)
    cloud.rebuild(instance.id)
    after = cloud.settled(instance.id)

    assert (named.name, named.description, named.hostname) == ("db", "for orders", "web")
    assert named.metadata == {"role": "db"}
    assert (after.name, after.description, after.metadata) == ("db", "for orders", {"role": "db"})


def test_words_that_are_refused_leave_the_server_as_it_is(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    for words in (Words(name=""), Words(metadata={"": "x"}), Words(hostname="no host")):
        with pytest.raises(InvalidRequest):
            cloud.reshaping.rebuild(a_caller(), instance.id, "tiny", words)

    assert cloud.settled(instance.id) == instance


def test_a_resize_is_on_trial_and_room_for_both_sizes_is_claimed(cloud: Cloud) -> None:
    instance = _resized(cloud)

    assert (instance.vm_state, instance.power_state) == (VmState.RESIZED, PowerState.RUNNING)
    assert instance.status == "VERIFY_RESIZE"
    assert instance.flavor == SMALL
    assert cloud.claimed() == ON_TRIAL
    assert _driver(cloud).of(instance.id)[0] == ("reshaped", 2, 64, 2)


def test_a_confirmed_resize_keeps_the_new_size_alone(cloud: Cloud) -> None:
    instance = _resized(cloud)

    after = cloud.acted(instance.id, "confirmResize")

    assert (after.vm_state, after.flavor, after.aside) == (VmState.ACTIVE, SMALL, None)
    assert cloud.claimed() == (2, 64, 2)
    eventually(lambda: _driver(cloud).of(instance.id)[1] == [], "nothing is kept")


def test_a_reverted_resize_is_as_if_it_had_not_been(cloud: Cloud) -> None:
    instance = _resized(cloud)

    after = cloud.acted(instance.id, "revertResize")

    assert (after.vm_state, after.flavor, after.aside) == (VmState.ACTIVE, NANO, None)
    assert cloud.claimed() == (1, 128, 1)
    eventually(
        lambda: _driver(cloud).of(instance.id) == (("as built",), []), "it is as it was built"
    )


@pytest.mark.parametrize("action", ["confirmResize", "revertResize"])
def test_what_was_stopped_stays_stopped(cloud: Cloud, action: str) -> None:
    instance = _resized(cloud, "stop")
    assert instance.power_state is PowerState.SHUTDOWN

    after = cloud.acted(instance.id, action)

    assert (after.vm_state, after.power_state) == (VmState.STOPPED, PowerState.SHUTDOWN)


def test_a_resize_that_fails_gives_everything_back(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise HypervisorFailed("no room on its disk", code="disk-full")

    monkeypatch.setattr(FakeDriver, "reshape", fail)
    instance = _resized(cloud)

    assert (instance.vm_state, instance.flavor) == (VmState.ACTIVE, NANO)
    assert instance.power_state is PowerState.RUNNING
    assert cloud.claimed() == (1, 128, 1)
    assert _driver(cloud).of(instance.id) == (("as built",), [])


def test_a_size_that_its_host_has_no_room_for_is_refused_at_once(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)
    with cloud.database.write() as tx:
        tx.execute(hosts.TABLE.update().values(free_vcpus=0))

    with pytest.raises(NoValidHost) as refusal:
        cloud.resize(instance.id, "m1.small")

    assert refusal.value.code == "no-room-to-resize"
    assert cloud.settled(instance.id).flavor == NANO


@pytest.mark.parametrize(
    ("flavor", "code"), [("m1.nano", "same-flavor"), ("m1.flat", "disk-would-shrink")]
)
def test_a_size_that_cannot_be_is_refused(cloud: Cloud, flavor: str, code: str) -> None:
    instance = cloud.settled(cloud.boot().id)

    with pytest.raises(InvalidRequest) as refusal:
        cloud.resize(instance.id, flavor)

    assert refusal.value.code == code


def test_an_instance_on_trial_is_deleted_clean(cloud: Cloud) -> None:
    instance = _resized(cloud)

    cloud.delete(instance.id)
    cloud.gone(instance.id)

    assert cloud.leftovers() == []
    assert cloud.stores.quota == {"instances": 0, "cores": 0}


def test_a_rebuilt_instance_keeps_its_id_ports_and_addresses(cloud: Cloud) -> None:
    before = cloud.settled(cloud.boot().id)
    ports = dict(cloud.stores.ports)

    cloud.rebuild(before.id)
    after = cloud.settled(before.id)

    assert (after.vm_state, after.power_state) == (VmState.ACTIVE, PowerState.RUNNING)
    assert (after.nics, after.addresses) == (before.nics, before.addresses)
    assert cloud.stores.ports == ports
    assert _driver(cloud).of(before.id)[0][0] == "renewed"
    eventually(lambda: _driver(cloud).of(before.id)[1] == [], "nothing is kept")
    assert list(cloud.stores.images) == [before.id]


def test_a_stopped_instance_stays_stopped_when_it_is_rebuilt(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)
    cloud.acted(instance.id, "stop")

    cloud.rebuild(instance.id)

    assert cloud.settled(instance.id).vm_state is VmState.STOPPED


def test_a_rebuild_that_fails_leaves_the_old_disk(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = cloud.settled(cloud.boot().id)

    def fail(*_: object, **__: object) -> None:
        raise HypervisorFailed("no room on its disk", code="disk-full")

    monkeypatch.setattr(FakeDriver, "renew", fail)
    cloud.rebuild(instance.id)
    after = cloud.settled(instance.id)

    assert (after.vm_state, after.power_state) == (VmState.ACTIVE, PowerState.RUNNING)
    assert _driver(cloud).of(instance.id) == (("as built",), [])
    assert list(cloud.stores.images) == [instance.id]


def test_an_instance_that_boots_from_a_volume_has_no_disk_to_renew(cloud: Cloud) -> None:
    volume = VolumeRequest("vol-1", boot_index=0)
    instance = cloud.settled(cloud.boot(image=None, volumes=(volume,)).id)

    with pytest.raises(NotSupported):
        cloud.rebuild(instance.id)
