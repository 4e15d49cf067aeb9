"""The whole compute pipeline in one process: boots, failures at every action, deletions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cloud import Cloud, eventually
from vmctld.compute import boot as score
from vmctld.domain.instance import VmState
from vmctld.domain.trace import Outcome
from vmctld.domain.volume import VolumeRequest
from vmctld.errors import Exhausted, HypervisorFailed


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with Cloud(tmp_path) as cloud:
        yield cloud


def test_a_boot_ends_active_on_a_host_with_an_address(cloud: Cloud) -> None:
    accepted = cloud.boot()

    instance = cloud.settled(accepted.id)

    assert accepted.vm_state is VmState.BUILDING
    assert instance.vm_state is VmState.ACTIVE
    assert instance.host == "host-1"
    assert [address.address for address in instance.addresses] == ["10.20.0.5"]


def test_a_boot_traces_all_28_steps_once_and_in_order(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    steps = cloud.trace(instance.id).last.steps

    assert [step.number for step in steps] == list(range(1, 29))
    assert {step.outcome for step in steps[:24]} == {Outcome.DONE}
    assert [step.component for step in steps] == [score.STEPS[n].component for n in range(1, 29)]
    assert steps[24].outcome is Outcome.NOTHING  # no volume was asked for


def test_steps_begin_in_the_order_of_their_numbers(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot(volumes=(VolumeRequest("vol-1"),)).id)

    starts = [step.started_at for step in cloud.trace(instance.id).last.steps[2:]]

    assert starts == sorted(starts)


def test_a_deleted_instance_leaves_nothing_behind(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot(volumes=(VolumeRequest("vol-1"),)).id)

    cloud.delete(instance.id)
    gone = cloud.gone(instance.id)

    assert gone.terminated_at is not None
    assert cloud.leftovers() == []
    assert cloud.stores.quota["instances"] == 0
    eventually(lambda: cloud.outbox_depth() == 0, "the outbox is empty")


FAILING = ("locate-image", "ensure-image", "ensure-ports", "connect-volumes")


@pytest.mark.parametrize("call", FAILING)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_boot_that_fails_anywhere_leaves_nothing_behind(
    cloud: Cloud, call: str, moment: str
) -> None:
    def fail(name: str) -> None:
        if name == call:
            raise Exhausted("no room", code="no-free-address")

    setattr(cloud.stores, moment, fail)
    if call == "locate-image":
        cloud.stores.before = fail

    instance = cloud.settled(cloud.boot(volumes=(VolumeRequest("vol-1"),)).id)

    assert instance.vm_state is VmState.ERROR
    assert instance.fault is not None
    assert instance.fault.code == "no-free-address"
    assert score.STEPS[instance.fault.step].component == instance.fault.component
    eventually(lambda: cloud.leftovers() == [], "nothing is left")


def test_a_failed_build_is_tried_on_other_hosts_and_each_is_left_clean(tmp_path: Path) -> None:
    with Cloud(tmp_path, host_names=("a", "b", "c", "d")) as cloud:
        tried: list[str] = []

        def fail(name: str) -> None:
            if name == "connect-volumes":
                tried.append(name)
                raise HypervisorFailed("broken")

        cloud.stores.before = fail
        instance = cloud.settled(cloud.boot().id)

        trace = cloud.trace(instance.id)
        assert instance.vm_state is VmState.ERROR
        assert len(tried) == score.HOSTS_TRIED
        assert len({attempt.host for attempt in (*trace.earlier, trace.last)}) == 3
        assert [attempt.number for attempt in trace.earlier] == [1, 2]
        assert cloud.leftovers() == []


def test_a_build_that_fails_once_ends_active_elsewhere(tmp_path: Path) -> None:
    with Cloud(tmp_path, host_names=("a", "b")) as cloud:

        def fail_once(name: str) -> None:
            if name == "ensure-ports" and cloud.stores.calls[name] == 1:
                raise HypervisorFailed("broken")

        cloud.stores.before = fail_once
        instance = cloud.settled(cloud.boot().id)

        assert instance.vm_state is VmState.ACTIVE
        assert instance.attempt == 2
        assert instance.excluded_hosts != (instance.host,)


def test_no_host_that_fits_says_what_was_asked_and_what_was_free(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot(availability_zone="mars").id)

    assert instance.fault is not None
    assert instance.fault.code == "no-valid-host"
    assert instance.fault.step == 10
    assert instance.fault.facts["refusals"] == {"AvailabilityZoneFilter": 1}
    assert "nova" in instance.fault.hint


def test_twenty_at_once_all_end_active_and_deleted_clean(cloud: Cloud) -> None:
    accepted = [cloud.boot(f"web-{number}") for number in range(20)]

    settled = [cloud.settled(instance.id) for instance in accepted]
    for instance in settled:
        cloud.delete(instance.id)
    for instance in settled:
        cloud.gone(instance.id)

    assert {instance.vm_state for instance in settled} == {VmState.ACTIVE}
    assert cloud.leftovers() == []


def test_a_build_token_ends_with_its_build(cloud: Cloud) -> None:
    instance = cloud.boot()
    with cloud.database.write() as tx:
        tx.exec_driver_sql("INSERT INTO projects VALUES ('p', 'p', '', TRUE, '2026-01-01')")
        tx.exec_driver_sql(
            "INSERT INTO users VALUES ('u', 'u', '', '', TRUE, NULL, 0, NULL, '2026-01-01')"
        )
        columns = "id, kind, user_id, project_id, issued_at, expires_at, instance_id, attempt"
        tx.exec_driver_sql(
            f"INSERT INTO tokens ({columns}) VALUES"
            f" ('t', 'build', 'u', 'p', '2026-01-01', '2036-01-01', '{instance.id}', 1)"
        )

    cloud.settled(instance.id)
    cloud.delete(instance.id)
    cloud.gone(instance.id)

    with cloud.database.read() as tx:
        assert tx.exec_driver_sql("SELECT COUNT(*) FROM tokens").scalar_one() == 0
