from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON, FakeClock
from tests.support.cloud import Stores, a_validation
from tests.support.instances import kept
from tests.support.recording_bus import RecordingBus
from vmctld.compute import messages as m
from vmctld.compute.api.admission import Admission
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.instance import Instance, TaskState, VmState
from vmctld.domain.quota import Usage
from vmctld.domain.volume import VolumeRequest
from vmctld.errors import AlreadyExists, Forbidden, InvalidRequest, NotFound, QuotaExceeded
from vmctld.observe import context
from vmctld.storage.database import Database
from vmctld.storage.repositories import actions, instances, journal, outbox, quotas


def _boot(admission: Admission, **changes: Any) -> list[Instance]:
    caller = changes.pop("caller", a_caller())
    request = BootRequest(**{"name": "web", "flavor": "m1.nano", "image": "tiny", **changes})
    with context.bind(request_id="req-1"):
        return admission.boot(a_validation(caller), request, None)


def _used(database: Database, project: str = "demo") -> Usage:
    with database.read() as tx:
        return quotas.usage_of(tx, project)


def _nothing_was_made(database: Database) -> bool:
    with database.read() as tx:
        rows = tx.execute(instances.TABLE.select()).all()
        return not rows and outbox.depth(tx) == 0 and quotas.usage_of(tx, "demo") == Usage()


def test_an_accepted_boot_is_an_entry_that_waits_for_the_scheduler(
    admission: Admission, database: Database, bus: RecordingBus
) -> None:
    (accepted,) = _boot(admission)

    assert kept(database, accepted.id) == accepted
    assert (accepted.vm_state, accepted.task_state) == (VmState.BUILDING, TaskState.SCHEDULING)
    assert (accepted.project_id, accepted.user_id, accepted.host) == ("demo", "alice", None)
    assert [place.instance_id for place in bus.messages(m.PlaceInstance)] == [accepted.id]


def test_everything_that_a_boot_makes_is_made_at_once(
    admission: Admission, database: Database
) -> None:
    (accepted,) = _boot(admission, idempotency_key="k")

    assert _used(database) == Usage(1, 1, 128)
    with database.read() as tx:
        entries = journal.of_instance(tx, accepted.id, "boot")
        (action,) = actions.of_instance(tx, accepted.id)
        ((by_key, _),) = instances.by_key(tx, "demo", "k")
    assert [step.number for entry in entries for step in entry.steps] == list(range(1, 8))
    assert (action.action, action.request_id) == ("create", "req-1")
    assert by_key == accepted


def test_ids_of_what_is_made_later_are_drawn_now(admission: Admission) -> None:
    (accepted,) = _boot(admission, volumes=(VolumeRequest("vol-1"),))

    assert [len(nic.port_id) for nic in accepted.nics] == [36]
    assert [len(plan.attachment_id) for plan in accepted.volumes] == [36]


def test_the_same_key_and_request_give_the_same_instance(
    admission: Admission, database: Database
) -> None:
    first = _boot(admission, idempotency_key="k", metadata={"a": "1", "b": "2"})

    again = _boot(admission, idempotency_key="k", metadata={"b": "2", "a": "1"})

    assert again == first
    assert _used(database) == Usage(1, 1, 128)


@pytest.mark.parametrize(
    "change",
    [{"name": "other"}, {"user_data": b"x"}, {"max_count": 2}, {"metadata": {"a": "1"}}],
)
def test_the_same_key_with_another_request_is_refused(
    admission: Admission, database: Database, change: dict[str, Any]
) -> None:
    (first,) = _boot(admission, idempotency_key="k")

    with pytest.raises(AlreadyExists) as refused:
        _boot(admission, idempotency_key="k", **change)

    assert refused.value.code == "idempotency-key-reused"
    assert refused.value.facts == {"instance_id": first.id}
    assert _used(database) == Usage(1, 1, 128)


def test_a_key_is_a_projects_own(admission: Admission) -> None:
    first = _boot(admission, idempotency_key="k")

    other = _boot(admission, idempotency_key="k", caller=a_caller("other"))

    assert other != first


def test_two_requests_with_one_key_at_the_same_moment_make_one_instance(
    admission: Admission, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Instance] = []
    look, calls = admission._made_before, []

    def look_too_early(*args: Any) -> list[Instance]:
        calls.append(args)
        if len(calls) == 2:  # the second request looks before the first one has committed
            return []
        return look(*args)

    monkeypatch.setattr(admission, "_made_before", look_too_early)
    for _ in range(2):
        made += _boot(admission, idempotency_key="k")

    assert made[0] == made[1]
    assert _used(database) == Usage(1, 1, 128)


def test_several_are_numbered_and_share_a_reservation(
    admission: Admission, bus: RecordingBus
) -> None:
    accepted = _boot(admission, max_count=3, idempotency_key="k")

    assert [one.name for one in accepted] == ["web-1", "web-2", "web-3"]
    assert [one.hostname for one in accepted] == ["web-1", "web-2", "web-3"]
    assert [one.launch_index for one in accepted] == [0, 1, 2]
    assert len({one.reservation_id for one in accepted}) == 1
    assert len(bus.messages(m.PlaceInstance)) == 3
    assert _boot(admission, max_count=3, idempotency_key="k") == accepted


def _limit(database: Database, count: int) -> None:
    with database.write() as tx:
        quotas.set_limits(tx, "demo", {"instances": count})


def test_as_many_are_made_as_the_quota_has_room_for(
    admission: Admission, database: Database
) -> None:
    _limit(database, 3)

    accepted = _boot(admission, min_count=2, max_count=5)

    assert len(accepted) == 3
    assert _used(database) == Usage(3, 3, 384)


def test_fewer_than_the_least_that_are_wanted_are_not_made(
    admission: Admission, database: Database
) -> None:
    _limit(database, 3)

    with pytest.raises(QuotaExceeded):
        _boot(admission, min_count=4, max_count=5)

    assert _nothing_was_made(database)


def test_what_is_wrong_is_refused_before_anything_is_made(
    admission: Admission, database: Database, stores: Stores
) -> None:
    for changes in ({"image": None}, {"name": ""}, {"min_count": 2, "max_count": 1}):
        with pytest.raises(InvalidRequest):
            _boot(admission, **changes)
    with pytest.raises(NotFound):
        _boot(admission, flavor="unknown")

    assert _nothing_was_made(database)
    assert stores.attachments == {}


def test_volumes_are_reserved_once_the_entry_is_there(admission: Admission, stores: Stores) -> None:
    (accepted,) = _boot(admission, volumes=(VolumeRequest("vol-1"),))

    assert list(stores.attachments.values()) == [accepted.id]


def test_volumes_of_a_server_that_was_deleted_meanwhile_are_freed_again(
    admission: Admission, database: Database, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = FakeReserve(admission, database, stores)
    monkeypatch.setattr(type(admission._needs.reserved), "reserve_volumes", reserve)

    (accepted,) = _boot(admission, volumes=(VolumeRequest("vol-1"),))

    assert reserve.reserved == [accepted.id]
    assert stores.attachments == {}


class FakeReserve:
    """Reserves volumes, slowly: the server is deleted before it is done."""

    def __init__(self, admission: Admission, database: Database, stores: Stores) -> None:
        self.reserved: list[str] = []
        self._database = database
        self._stores = stores

    def __call__(self, instance_id: str, plans: Any) -> None:
        with self._database.write() as tx:
            instances.begin_delete(tx, instance_id, NOON)
        self.reserved.append(instance_id)
        self._stores.attachments[plans[0].attachment_id] = instance_id


def test_only_an_admin_chooses_the_host(admission: Admission) -> None:
    with pytest.raises(Forbidden):
        _boot(admission, availability_zone="nova:a")

    (accepted,) = _boot(admission, availability_zone="nova:a", caller=an_admin())

    assert (accepted.availability_zone, accepted.forced_host) == ("nova", "a")


@pytest.mark.parametrize("zone", [":", "nova:"])
def test_a_zone_whose_host_was_forgotten_is_refused(admission: Admission, zone: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        _boot(admission, availability_zone=zone, caller=an_admin())

    assert refused.value.code == "invalid-availability-zone"


def test_a_server_has_no_more_metadata_than_the_quota_says(
    admission: Admission, database: Database
) -> None:
    with database.write() as tx:
        quotas.set_limits(tx, "demo", {"metadata_items": 1})
    _boot(admission, metadata={"a": "1"})

    with pytest.raises(QuotaExceeded) as refused:
        _boot(admission, metadata={"a": "1", "b": "2"})

    assert refused.value.code == "too-much-metadata"
    assert _used(database).instances == 1


def test_a_server_without_networks_has_no_cards(admission: Admission) -> None:
    (accepted,) = _boot(admission, no_nics=True)

    assert accepted.nics == ()


def test_a_key_pair_goes_with_its_public_half(admission: Admission) -> None:
    (accepted,) = _boot(admission, key_name="mine")

    assert (accepted.key_name, accepted.public_key) == ("mine", "ssh-ed25519 AAAA")


def test_steps_never_last_less_than_nothing_whatever_clocks_say(
    admission: Admission, database: Database, clock: FakeClock
) -> None:
    clock.jump(hours=-1)

    (accepted,) = _boot(admission)

    with database.read() as tx:
        entries = journal.of_instance(tx, accepted.id, "boot")
    assert all(step.duration_ms >= 0 for entry in entries for step in entry.steps)


def test_fifty_boots_at_the_same_time_never_pass_the_quota(
    admission: Admission, database: Database
) -> None:
    def attempt(number: int) -> bool:
        try:
            _boot(admission, name=f"web-{number}")
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        accepted = sum(pool.map(attempt, range(50)))

    assert accepted == 10
    assert _used(database) == Usage(10, 10, 1280)
    with database.read() as tx:
        assert len(tx.execute(instances.TABLE.select()).all()) == 10
