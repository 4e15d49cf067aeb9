from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.clock import NOON
from tests.support.instances import a_fault, keep_begun, keep_placed, kept
from tests.unit.compute.conductor.parts import TIMEOUT_S, Parts
from vmctld.compute import messages as m
from vmctld.compute.boot import BUILD_CALLS, HOSTS_TRIED
from vmctld.domain.instance import Address, Instance, TaskState, VmState, VolumePlan
from vmctld.domain.trace import Outcome, TracedStep
from vmctld.errors import Forbidden, Unauthenticated, Unavailable
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts, instances, journal, usage_intervals

DISPATCH = (TracedStep(12, NOON, 1.0), TracedStep(13, NOON, 1.0))
ADDRESS = Address("private", "10.20.0.5", "p-1", "fa:16:3e:00:00:01")


def _load(parts: Parts, instance: Instance, attempt: int = 1) -> m.BuildData:
    answer = parts.say(m.LoadInstance(instance.id, attempt, DISPATCH))
    assert isinstance(answer, m.BuildData)
    return answer


def _record(parts: Parts, instance: Instance, *records: m.ActionRecord) -> m.ProgressAnswer:
    answer = parts.say(m.RecordProgress(instance.id, instance.attempt, records))
    assert isinstance(answer, m.ProgressAnswer)
    return answer


def _succeed(parts: Parts, instance: Instance) -> bool:
    done = m.ActionRecord("spawn", "done", (TracedStep(28, NOON, 5.0),))
    answer = parts.say(
        m.BuildSucceeded(instance.id, instance.attempt, done, (ADDRESS,), 4711, "kvm")
    )
    assert isinstance(answer, m.ProgressAnswer)
    return answer.go_on


def _fail(parts: Parts, instance: Instance, *, elsewhere: bool = True) -> None:
    failed = m.ActionRecord("spawn", "failed", fault=a_fault())
    parts.say(m.BuildFailed(instance.id, instance.attempt, (failed,), a_fault(), elsewhere))


def _states(database: Database, instance: Instance) -> dict[str, str]:
    with database.read() as tx:
        entries = journal.of_instance(tx, instance.id, "boot")
    return {entry.action: entry.state for entry in entries if entry.attempt == instance.attempt}


def _claims(database: Database, host: str = "a") -> int:
    with database.read() as tx:
        return next(one.instances for one in hosts.everything(tx) if one.name == host)


def test_a_build_gets_its_instance_a_token_and_a_deadline(parts: Parts) -> None:
    instance = keep_placed(parts.database)

    data = _load(parts, instance)

    deadline = NOON + timedelta(seconds=TIMEOUT_S)
    assert data.instance is not None
    assert (data.instance.id, data.instance.deadline_at) == (instance.id, deadline)
    assert kept(parts.database, instance.id).deadline_at == deadline
    assert (data.build_token, data.unwinding, data.refusal) == ("vmb_token", False, None)
    assert [step.number for step in data.steps] == [15, 16]


def test_a_build_that_is_tried_again_in_one_life_keeps_its_deadline(parts: Parts) -> None:
    instance = keep_placed(parts.database)
    _load(parts, instance)
    parts.clock.advance(60)

    data = parts.say(m.LoadInstance(instance.id, 1, DISPATCH, spent_s=60.0))

    assert isinstance(data, m.BuildData)
    assert kept(parts.database, instance.id).deadline_at == NOON + timedelta(seconds=TIMEOUT_S)
    assert data.timeout_s == TIMEOUT_S - 60


def test_a_build_that_the_next_life_goes_on_with_gets_its_time_anew(parts: Parts) -> None:
    instance = keep_placed(parts.database)
    _load(parts, instance)
    parts.clock.advance(60)

    _load(parts, instance)

    deadline = NOON + timedelta(seconds=TIMEOUT_S + 60)
    assert kept(parts.database, instance.id).deadline_at == deadline


def test_a_build_token_is_good_for_one_attempt_and_its_calls(parts: Parts) -> None:
    instance = keep_placed(parts.database, attempt=2)

    _load(parts, instance, attempt=2)

    (wanted,) = parts.tokens.issued
    assert (wanted["instance_id"], wanted["attempt"]) == (instance.id, 2)
    assert wanted["calls"] == BUILD_CALLS
    assert wanted["lifetime_s"] == TIMEOUT_S


def test_what_the_agent_saw_of_the_dispatch_is_written_down(parts: Parts) -> None:
    instance = keep_placed(parts.database)

    _load(parts, instance)

    assert _states(parts.database, instance) == {
        "dispatch": "done",
        "load-instance": "done",
        "fetch-image": "running",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"vm_state": VmState.ACTIVE},
        {"vm_state": VmState.ERROR},
        {"vm_state": VmState.DELETED},
        {"task_state": TaskState.DELETING},
        {"attempt": 2},
    ],
)
def test_what_is_not_to_be_built_any_more_is_not_given_out(
    parts: Parts, changes: dict[str, Any]
) -> None:
    instance = keep_placed(parts.database)
    with parts.database.write() as tx:
        values = {name: getattr(value, "value", value) for name, value in changes.items()}
        tx.execute(instances.TABLE.update().values(**values))

    assert _load(parts, instance).instance is None


def test_an_unknown_instance_is_not_given_out(parts: Parts) -> None:
    answer = parts.say(m.LoadInstance("11111111-1111-4111-8111-111111111111", 1, DISPATCH))

    assert answer == m.BuildData(None, "", False, (), is_gone=True, is_over=True)


@pytest.mark.parametrize(
    ("changes", "is_gone", "is_over"),
    [
        ({"vm_state": VmState.ACTIVE}, False, False),
        ({"vm_state": VmState.ERROR}, False, False),  # kept its host: its deletion goes there
        ({"task_state": TaskState.DELETING}, False, False),  # that cleans up, in its order
        ({"attempt": 2, "host": "b"}, True, False),
        ({"attempt": 2, "host": None}, True, False),
        ({"vm_state": VmState.ERROR, "host": None}, True, True),
        ({"vm_state": VmState.DELETED}, True, True),
    ],
)
def test_a_host_is_told_when_nothing_of_an_instance_belongs_to_it(
    parts: Parts, changes: dict[str, Any], is_gone: bool, is_over: bool
) -> None:
    instance = keep_placed(parts.database)
    with parts.database.write() as tx:
        values = {name: getattr(value, "value", value) for name, value in changes.items()}
        tx.execute(instances.TABLE.update().values(**values))

    answer = _load(parts, instance)

    assert (answer.instance, answer.is_gone, answer.is_over) == (None, is_gone, is_over)


@pytest.mark.parametrize("refusal", [Unauthenticated("gone"), Forbidden("no longer a member")])
def test_a_build_whose_user_is_gone_is_to_be_undone_and_says_why(
    parts: Parts, refusal: Unauthenticated | Forbidden
) -> None:
    instance = keep_placed(parts.database)
    parts.tokens.refusal = refusal

    data = _load(parts, instance)

    assert data.unwinding
    assert data.refusal is not None
    assert (data.refusal.code, data.refusal.step) == (refusal.code, 17)


def test_a_build_waits_while_identity_is_away(parts: Parts) -> None:
    instance = keep_placed(parts.database)
    parts.tokens.refusal = Unavailable("identity is away")

    with pytest.raises(Unavailable):
        _load(parts, instance)

    parts.tokens.refusal = None
    assert _load(parts, instance).instance is not None


def test_a_build_that_had_begun_to_fail_is_given_out_only_to_be_undone(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    _record(parts, instance, m.ActionRecord("allocate-ports", "failed"))

    data = _load(parts, instance)

    assert data.unwinding
    assert not _succeed(parts, instance)


def test_a_failure_of_an_earlier_attempt_does_not_undo_the_next(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    _fail(parts, instance)
    with parts.database.write() as tx:
        instances.set_host(tx, instance.id, 2, "a", NOON)

    assert not _load(parts, instance, attempt=2).unwinding


@pytest.mark.parametrize(
    ("action", "task"),
    [
        ("allocate-ports", TaskState.NETWORKING),
        ("connect-volumes", TaskState.BLOCK_DEVICE_MAPPING),
        ("spawn", TaskState.SPAWNING),
        ("fetch-image", None),
    ],
)
def test_what_a_build_does_is_shown_in_novas_words(
    parts: Parts, action: str, task: TaskState | None
) -> None:
    instance = keep_begun(parts.database)

    answer = _record(parts, instance, m.ActionRecord(action, "running"))

    assert answer == m.ProgressAnswer(go_on=True)
    assert kept(parts.database, instance.id).task_state is task
    assert ("instance-changed", m.InstanceChanged(instance.id)) in parts.bus.told


def test_a_build_that_waits_for_a_slot_says_so(parts: Parts) -> None:
    instance = keep_placed(parts.database)

    parts.say(m.AwaitSlot(instance.id, 1))

    assert kept(parts.database, instance.id).task_state is TaskState.AWAITING_SLOT


def test_a_build_that_was_called_off_stops_at_its_next_boundary(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    with parts.database.write() as tx:
        instances.begin_delete(tx, instance.id, NOON)

    answer = _record(parts, instance, m.ActionRecord("spawn", "running"))

    assert answer == m.ProgressAnswer(go_on=False)
    assert kept(parts.database, instance.id).task_state is TaskState.DELETING


def test_once_an_attempt_has_failed_no_life_of_its_agent_finishes_it(parts: Parts) -> None:
    instance = keep_begun(parts.database)

    failing = _record(parts, instance, m.ActionRecord("connect-volumes", "failed"))

    assert failing.go_on
    assert not _record(parts, instance, m.ActionRecord("spawn", "running")).go_on
    assert not _succeed(parts, instance)


def test_a_life_that_was_late_does_not_hide_that_another_one_failed(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    _record(parts, instance, m.ActionRecord("connect-volumes", "failed"))

    _record(
        parts,
        instance,
        m.ActionRecord("connect-volumes", "done"),
        m.ActionRecord("spawn", "running"),
    )

    assert _states(parts.database, instance)["connect-volumes"] == "failed"
    assert _load(parts, instance).unwinding


def test_a_failure_after_another_life_finished_the_build_undoes_nothing(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    _succeed(parts, instance)

    answer = _record(parts, instance, m.ActionRecord("spawn", "failed"))

    assert answer == m.ProgressAnswer(go_on=False, leave=True)
    assert kept(parts.database, instance.id).vm_state is VmState.ACTIVE
    assert _states(parts.database, instance)["spawn"] == "done"


def test_a_machine_that_runs_makes_its_instance_active(parts: Parts) -> None:
    instance = keep_begun(parts.database)

    assert _succeed(parts, instance)

    active = kept(parts.database, instance.id)
    assert (active.vm_state, active.task_state, active.deadline_at) == (VmState.ACTIVE, None, None)
    assert (active.addresses, active.ssh_port, active.accelerator) == ((ADDRESS,), 4711, "kvm")
    assert active.launched_at == NOON


def test_success_can_be_told_twice(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    _succeed(parts, instance)

    assert _succeed(parts, instance)


@pytest.mark.parametrize(
    "state",
    [VmState.STOPPED, VmState.PAUSED, VmState.SUSPENDED, VmState.RESCUED, VmState.ERROR],
)
def test_what_was_built_is_not_unbuilt_whatever_was_done_with_it_since(
    parts: Parts, state: VmState
) -> None:
    instance = keep_begun(parts.database)
    _succeed(parts, instance)
    with parts.database.write() as tx:
        tx.execute(instances.TABLE.update().values(vm_state=state.value))

    assert _succeed(parts, instance)
    late = _record(parts, instance, m.ActionRecord("spawn", "failed"))
    assert late == m.ProgressAnswer(go_on=False, leave=True)


def test_a_build_that_timed_out_is_undone_when_its_agent_wakes_up(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    with parts.database.write() as tx:
        assert instances.fail(tx, instance.id, 1, a_fault(), NOON, keep_host=True)

    late = _record(parts, instance, m.ActionRecord("spawn", "running"))

    assert late == m.ProgressAnswer(go_on=False)
    assert not _succeed(parts, instance)


def test_success_of_a_deleted_instance_is_not_wanted(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    with parts.database.write() as tx:
        instances.begin_delete(tx, instance.id, NOON)

    assert not _succeed(parts, instance)


def test_a_failed_build_is_placed_again_without_its_host(parts: Parts) -> None:
    instance = keep_begun(parts.database)

    _fail(parts, instance)

    again = kept(parts.database, instance.id)
    assert (again.attempt, again.host, again.excluded_hosts) == (2, None, ("a",))
    (place,) = parts.bus.messages(m.PlaceInstance)
    assert (place.attempt, place.excluded_hosts) == (2, ("a",))
    assert _claims(parts.database) == 0


def test_a_failure_that_is_told_twice_is_placed_again_once(parts: Parts) -> None:
    instance = keep_begun(parts.database)

    _fail(parts, instance)
    _fail(parts, instance)

    assert len(parts.bus.messages(m.PlaceInstance)) == 1
    assert kept(parts.database, instance.id).attempt == 2


@pytest.mark.parametrize(
    "changes", [{"attempt": HOSTS_TRIED}, {"forced_host": "a"}], ids=["last host", "forced host"]
)
def test_a_build_that_may_go_nowhere_else_ends_in_error(
    parts: Parts, changes: dict[str, Any]
) -> None:
    instance = keep_begun(parts.database, **changes)

    _fail(parts, instance)

    failed = kept(parts.database, instance.id)
    assert (failed.vm_state, failed.host, failed.fault) == (VmState.ERROR, None, a_fault())
    assert _claims(parts.database) == 0


def test_a_failure_that_would_be_the_same_elsewhere_ends_in_error(parts: Parts) -> None:
    instance = keep_begun(parts.database, volumes=(VolumePlan("vol-1", "att-1"),))

    _fail(parts, instance, elsewhere=False)

    assert kept(parts.database, instance.id).vm_state is VmState.ERROR
    assert parts.bus.messages(m.ReleaseReserved) == [m.ReleaseReserved(instance.id)]


def test_a_failure_of_a_build_that_is_being_deleted_changes_nothing(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    with parts.database.write() as tx:
        instances.begin_delete(tx, instance.id, NOON)

    _fail(parts, instance)

    assert kept(parts.database, instance.id).task_state is TaskState.DELETING
    assert parts.bus.sent == []
    assert _claims(parts.database) == 1


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
    _record(parts, instance, m.ActionRecord("spawn", "failed"))
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
        _fail(parts, keep_begun(parts.database))
    assert _failures(parts.database) == 2

    assert _succeed(parts, keep_begun(parts.database))

    assert _failures(parts.database) == 0


def test_a_failure_that_would_be_the_same_elsewhere_says_nothing_of_the_host(
    parts: Parts,
) -> None:
    _fail(parts, keep_begun(parts.database), elsewhere=False)

    assert _failures(parts.database) == 0


def test_schedulers_hear_of_a_hosts_failures(parts: Parts) -> None:
    _fail(parts, keep_begun(parts.database))

    (news,) = [message for _, message in parts.bus.told if isinstance(message, m.HostsChanged)]
    assert [host.build_failures for host in news.hosts] == [1]


def test_a_servers_use_counts_from_its_build_on_once(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    for _ in range(2):
        _succeed(parts, instance)

    with parts.database.read() as tx:
        found = usage_intervals.between(tx, NOON - timedelta(1), NOON + timedelta(1))
    assert [(one.instance_id, one.vcpus, one.ended_at) for one in found] == [(instance.id, 1, None)]
