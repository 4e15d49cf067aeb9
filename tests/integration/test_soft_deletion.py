"""What is deleted and can be restored for a while, where the operator says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.callers import a_caller
from tests.support.cloud import KEPT_S, Cloud
from vmctld.compute.conductor.sweep import Sweep
from vmctld.domain.clock import utc_now
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.machine import PowerState
from vmctld.errors import WrongState
from vmctld.observe import context


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with Cloud(tmp_path) as cloud:
        yield cloud


def _delete(cloud: Cloud, instance_id: str, *, at_once: bool = False) -> None:
    with context.bind(request_id=context.new_request_id()):
        cloud.keeping.delete(a_caller(), instance_id, all_projects=False, at_once=at_once)


def _kept(cloud: Cloud, *actions: str) -> Instance:
    instance = cloud.settled(cloud.boot().id)
    for action in actions:
        cloud.acted(instance.id, action)
    _delete(cloud, instance.id)
    return cloud.settled(instance.id)


@pytest.mark.parametrize("before", [(), ("stop",), ("pause",), ("suspend",)], ids=" ".join)
def test_a_deleted_instance_is_off_and_comes_back(cloud: Cloud, before: tuple[str, ...]) -> None:
    kept = _kept(cloud, *before)
    back = cloud.acted(kept.id, "restore")

    assert kept.status == "SOFT_DELETED"
    assert kept.deadline_at is not None
    assert (back.vm_state, back.power_state) == (VmState.ACTIVE, PowerState.RUNNING)
    assert back.deadline_at is None


def test_what_is_kept_takes_no_other_action(cloud: Cloud) -> None:
    kept = _kept(cloud)

    with pytest.raises(WrongState) as refusal:
        cloud.act(kept.id, "start")

    assert refusal.value.message.endswith("while it is in vm_state soft-delete")


def test_deleting_what_is_kept_ends_it(cloud: Cloud) -> None:
    kept = _kept(cloud)

    _delete(cloud, kept.id)

    cloud.gone(kept.id)
    assert cloud.leftovers() == []


def test_a_deletion_at_once_keeps_nothing(cloud: Cloud) -> None:
    instance = cloud.settled(cloud.boot().id)

    _delete(cloud, instance.id, at_once=True)

    cloud.gone(instance.id)
    assert cloud.leftovers() == []


def test_what_is_kept_goes_for_good_when_its_time_is_over(cloud: Cloud) -> None:
    kept = _kept(cloud)
    bus = cloud.bus.named("conductor")
    early = Sweep(cloud.database, cloud.outbox, bus, utc_now)
    late = Sweep(
        cloud.database, cloud.outbox, bus, lambda: utc_now() + timedelta(seconds=KEPT_S + 1)
    )

    early.sweep()
    assert cloud.settled(kept.id).vm_state is VmState.SOFT_DELETED
    late.sweep()

    cloud.gone(kept.id)
    assert cloud.leftovers() == []
