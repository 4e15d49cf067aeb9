"""How builds end, and what follows from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.clock import NOON
from tests.support.instances import a_fault, keep_begun, kept
from tests.unit.compute.conductor.parts import Parts
from tests.unit.compute.conductor.telling import (
    ADDRESS,
    claims,
    fail,
    record,
    states,
    succeed,
)
from vmctld.compute import messages as m
from vmctld.compute.boot import HOSTS_TRIED
from vmctld.domain.instance import TaskState, VmState, VolumePlan
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts, instances, journal, usage_intervals


def test_a_failure_after_another_life_finished_the_build_undoes_nothing(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    succeed(parts, instance)

    answer = record(parts, instance, m.ActionRecord("spawn", "failed"))

    assert answer == m.ProgressAnswer(go_on=False, leave=True)
    assert kept(parts.database, instance.id).vm_state is VmState.ACTIVE
    assert states(parts.database, instance)["spawn"] == "done"


def test_a_machine_that_runs_makes_its_instance_active(parts: Parts) -> None:
    instance = keep_begun(parts.database)

    assert succeed(parts, instance)

    active = kept(parts.database, instance.id)
    assert (active.vm_state, active.task_state, active.deadline_at) == (VmState.ACTIVE, None, None)
    assert (active.addresses, active.ssh_port, active.accelerator) == ((ADDRESS,), 4711, "kvm")
    assert active.launched_at == NOON


def test_success_can_be_told_twice(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    succeed(parts, instance)

    assert succeed(parts, instance)


@pytest.mark.parametrize(
    "state",
    [VmState.STOPPED, VmState.PAUSED, VmState.SUSPENDED, VmState.RESCUED, VmState.ERROR],
)
def test_what_was_built_is_not_unbuilt_whatever_was_done_with_it_since(
    parts: Parts, state: VmState
) -> None:
    instance = keep_begun(parts.database)
    succeed(parts, instance)
    with parts.database.write() as tx:
        tx.execute(instances.TABLE.update().values(vm_state=state.value))

    assert succeed(parts, instance)
    late = record(parts, instance, m.ActionRecord("spawn", "failed"))
    assert late == m.ProgressAnswer(go_on=False, leave=True)


def test_a_build_that_timed_out_is_undone_when_its_agent_wakes_up(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    with parts.database.write() as tx:
        assert instances.fail(tx, instance.id, 1, a_fault(), NOON, keep_host=True)

    late = record(parts, instance, m.ActionRecord("spawn", "running"))

    assert late == m.ProgressAnswer(go_on=False)
    assert not succeed(parts, instance)


def test_success_of_a_deleted_instance_is_not_wanted(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    with parts.database.write() as tx:
        instances.begin_delete(tx, instance.id, NOON)

    assert not succeed(parts, instance)


def test_a_failed_build_is_placed_again_without_its_host(parts: Parts) -> None:
    instance = keep_begun(parts.database)

    fail(parts, instance)

    again = kept(parts.database, instance.id)
    assert (again.attempt, again.host, again.excluded_hosts) == (2, None, ("a",))
    (place,) = parts.bus.messages(m.PlaceInstance)
    assert (place.attempt, place.excluded_hosts) == (2, ("a",))
    assert claims(parts.database) == 0


def test_a_failure_that_is_told_twice_is_placed_again_once(parts: Parts) -> None:
    instance = keep_begun(parts.database)

    fail(parts, instance)
    fail(parts, instance)

    assert len(parts.bus.messages(m.PlaceInstance)) == 1
    assert kept(parts.database, instance.id).attempt == 2


@pytest.mark.parametrize(
    "changes", [{"attempt": HOSTS_TRIED}, {"forced_host": "a"}], ids=["last host", "forced host"]
)
def test_a_build_that_may_go_nowhere_else_ends_in_error(
    parts: Parts, changes: dict[str, Any]
) -> None:
    instance = keep_begun(parts.database, **changes)

    fail(parts, instance)

    failed = kept(parts.database, instance.id)
    assert (failed.vm_state, failed.host, failed.fault) == (VmState.ERROR, None, a_fault())
    assert claims(parts.database) == 0


def test_a_failure_that_would_be_the_same_elsewhere_ends_in_error(parts: Parts) -> None:
    instance = keep_begun(parts.database, volumes=(VolumePlan("vol-1", "att-1"),))

    fail(parts, instance, elsewhere=False)

    assert kept(parts.database, instance.id).vm_state is VmState.ERROR
    assert parts.bus.messages(m.ReleaseReserved) == [m.ReleaseReserved(instance.id)]


def test_a_failure_of_a_build_that_is_being_deleted_changes_nothing(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    with parts.database.write() as tx:
        instances.begin_delete(tx, instance.id, NOON)

    fail(parts, instance)

    assert kept(parts.database, instance.id).task_state is TaskState.DELETING
    assert parts.bus.sent == []
    assert claims(parts.database) == 1


def test_an_undone_action_keeps_the_steps_it_traced(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    steps = (TracedStep(22, NOON, 1.0, Outcome.FAILED, "no address"),)
    failed = m.ActionRecord("allocate-ports", "failed", steps, a_fault())
    undone = m.ActionRecord("allocate-ports", "undone")

    parts.say(m.BuildFailed(instance.id, 1, (failed, undone), a_fault(), False))

    with parts.database.read() as tx:
        entries = {entry.action: entry for entry in journal.of_instance(tx, instance.id, "boot")}
    entry = entries["allocate-ports"]
    assert (entry.state, entry.steps, entry.fault) == ("undone", steps, a_fault())


def test_an_undo_that_is_stuck_can_be_seen(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    record(parts, instance, m.ActionRecord("spawn", "failed"))
    stuck = m.ActionRecord("spawn", "stuck")

    parts.say(m.BuildFailed(instance.id, 1, (stuck,), a_fault(), False))

    with parts.database.read() as tx:
        found = [(entry.instance_id, entry.action) for entry in journal.stuck(tx, 10)]
    assert found == [(instance.id, "spawn")]


def _failures(database: Database, host: str = "a") -> int:
    with database.read() as tx:
        return next(one.build_failures for one in hosts.everything(tx) if one.name == host)


def test_a_host_is_trusted_less_with_each_failed_build_and_again_after_a_good_one(
    parts: Parts,
) -> None:
    for _ in range(2):
        fail(parts, keep_begun(parts.database))
    assert _failures(parts.database) == 2

    assert succeed(parts, keep_begun(parts.database))

    assert _failures(parts.database) == 0


def test_a_failure_that_would_be_the_same_elsewhere_says_nothing_of_the_host(
    parts: Parts,
) -> None:
    fail(parts, keep_begun(parts.database), elsewhere=False)

    assert _failures(parts.database) == 0


def test_schedulers_hear_of_a_hosts_failures(parts: Parts) -> None:
    fail(parts, keep_begun(parts.database))

    (news,) = [message for _, message in parts.bus.told if isinstance(message, m.HostsChanged)]
    assert [host.build_failures for host in news.hosts] == [1]


def test_a_servers_use_counts_from_its_build_on_once(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    for _ in range(2):
        succeed(parts, instance)

    with parts.database.read() as tx:
        found = usage_intervals.between(tx, NOON - timedelta(1), NOON + timedelta(1))
    assert [(one.instance_id, one.vcpus, one.ended_at) for one in found] == [(instance.id, 1, None)]
