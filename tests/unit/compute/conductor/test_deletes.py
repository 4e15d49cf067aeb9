from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.clock import NOON
from tests.support.instances import a_fault, an_instance, keep, keep_begun, kept
from tests.unit.compute.conductor.parts import Parts
from vmctld.compute import messages as m
from vmctld.compute.placing import claims_of
from vmctld.domain.instance import Instance, VmState, VolumePlan
from vmctld.domain.quota import Usage
from vmctld.errors import NotFound, Unavailable, WrongState
from vmctld.storage.repositories import hosts, instances, quotas, usage_intervals

VOLUMES = (VolumePlan("vol-1", "att-1", delete_on_termination=True), VolumePlan("vol-2", "att-2"))


def _going(parts: Parts, *, on_host: bool = True) -> Instance:
    """Return an instance whose deletion was accepted."""
    if on_host:
        instance = keep_begun(parts.database, volumes=VOLUMES)
    else:
        instance = an_instance(volumes=VOLUMES)
        keep(parts.database, instance)
    with parts.database.write() as tx:
        instances.begin_delete(tx, instance.id, NOON)
        parts.quotas.claim(tx, "demo", instances=1, cores=1, ram_mib=128)
    return kept(parts.database, instance.id)


def _used(parts: Parts) -> Usage:
    with parts.database.read() as tx:
        return quotas.usage_of(tx, "demo")


def test_an_instance_on_a_host_is_ended_there_first(parts: Parts) -> None:
    instance = _going(parts)

    parts.say(m.TerminateInstance(instance.id), sender="vmctld")

    assert parts.bus.sent == [("agent.a", m.DestroyInstance(instance))]
    assert kept(parts.database, instance.id).vm_state is VmState.BUILDING
    assert parts.services.done == []


def test_an_instance_without_a_host_is_ended_at_once(parts: Parts) -> None:
    instance = _going(parts, on_host=False)

    parts.say(m.TerminateInstance(instance.id), sender="vmctld")

    assert parts.services.done == [
        f"ports of {instance.id}",
        f"volumes of {instance.id}",
        "volume vol-1",
    ]
    assert kept(parts.database, instance.id).vm_state is VmState.DELETED
    assert _used(parts) == Usage()


def test_what_nobody_asked_to_end_is_left_alone(parts: Parts) -> None:
    instance = keep_begun(parts.database)

    parts.say(m.TerminateInstance(instance.id), sender="vmctld")

    assert parts.bus.sent == []


def test_what_is_gone_or_never_was_needs_no_end(parts: Parts) -> None:
    instance = _going(parts, on_host=False)
    parts.say(m.TerminateInstance(instance.id), sender="vmctld")
    done = len(parts.services.done)

    for instance_id in (instance.id, "never"):
        parts.say(m.TerminateInstance(instance_id), sender="vmctld")

    assert len(parts.services.done) == done


def test_when_its_host_is_clean_claim_quota_and_entry_go_together(parts: Parts) -> None:
    instance = _going(parts)

    parts.say(m.InstanceDestroyed(instance.id))

    gone = kept(parts.database, instance.id)
    assert (gone.vm_state, gone.task_state, gone.terminated_at) == (VmState.DELETED, None, NOON)
    with parts.database.read() as tx:
        assert [host.instances for host in hosts.everything(tx)] == [0, 0]
    assert _used(parts) == Usage()
    topics = [topic for topic, _ in parts.bus.told]
    assert topics == ["hosts-changed", "instance-changed"]


def test_an_end_that_is_told_twice_frees_everything_once(parts: Parts) -> None:
    instance = _going(parts)
    with parts.database.write() as tx:
        parts.quotas.claim(tx, "demo", instances=1, cores=1, ram_mib=128)

    parts.say(m.InstanceDestroyed(instance.id))
    parts.say(m.InstanceDestroyed(instance.id))

    assert _used(parts) == Usage(1, 1, 128)


def test_an_end_that_nobody_asked_for_is_not_believed(parts: Parts) -> None:
    instance = keep_begun(parts.database)

    with pytest.raises(WrongState):
        parts.say(m.InstanceDestroyed(instance.id))

    assert kept(parts.database, instance.id).vm_state is VmState.BUILDING


def test_an_end_waits_for_the_volume_service(parts: Parts) -> None:
    instance = _going(parts)
    parts.services.refusal = Unavailable("away")
    with pytest.raises(Unavailable):
        parts.say(m.InstanceDestroyed(instance.id))
    assert kept(parts.database, instance.id).vm_state is VmState.BUILDING

    parts.services.refusal = None
    parts.say(m.InstanceDestroyed(instance.id))

    assert kept(parts.database, instance.id).vm_state is VmState.DELETED


@pytest.mark.parametrize("refusal", [NotFound("gone"), WrongState("in use elsewhere")])
def test_a_volume_that_cannot_be_deleted_any_more_does_not_hold_up_the_end(
    parts: Parts, refusal: NotFound | WrongState, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = _going(parts)

    def refuse(volume_id: str) -> None:
        raise refusal

    monkeypatch.setattr(parts.services, "delete_volume", refuse)

    parts.say(m.InstanceDestroyed(instance.id))

    assert kept(parts.database, instance.id).vm_state is VmState.DELETED


def test_volumes_of_an_instance_that_failed_for_good_are_freed(parts: Parts) -> None:
    instance = an_instance(volumes=VOLUMES)
    keep(parts.database, instance)
    with parts.database.write() as tx:
        instances.fail(tx, instance.id, 1, a_fault(), NOON)

    parts.say(m.ReleaseReserved(instance.id), sender="vmctld")

    assert parts.services.done == [f"volumes of {instance.id}"]


def test_volumes_of_an_instance_that_lives_stay_its_own(parts: Parts) -> None:
    building = keep_begun(parts.database, volumes=VOLUMES)
    timed_out = keep_begun(parts.database, volumes=VOLUMES)
    with parts.database.write() as tx:
        instances.fail(tx, timed_out.id, 1, a_fault(), NOON, keep_host=True)

    for instance_id in (building.id, timed_out.id, "never"):
        parts.say(m.ReleaseReserved(instance_id), sender="vmctld")

    assert parts.services.done == []


def test_the_end_of_a_server_is_the_end_of_its_use_which_stays_known(parts: Parts) -> None:
    instance = _going(parts)
    with parts.database.write() as tx:
        usage_intervals.begin(tx, instance, claims_of(instance), NOON - timedelta(hours=2))

    parts.say(m.InstanceDestroyed(instance.id))

    with parts.database.read() as tx:
        (used,) = usage_intervals.between(tx, NOON - timedelta(1), NOON + timedelta(1))
    assert (used.started_at, used.ended_at) == (NOON - timedelta(hours=2), NOON)
