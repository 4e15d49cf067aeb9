"""A build from its beginning on: what it is given, and what it writes down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.clock import NOON
from tests.support.instances import keep_begun, keep_placed, kept
from tests.unit.compute.conductor.parts import TIMEOUT_S, Parts
from tests.unit.compute.conductor.telling import (
    DISPATCH,
    fail,
    load,
    record,
    states,
    succeed,
)
from vmctld.compute import messages as m
from vmctld.compute.boot import BUILD_CALLS
from vmctld.domain.instance import TaskState, VmState
from vmctld.errors import Forbidden, Unauthenticated, Unavailable
from vmctld.storage.repositories import instances


def test_a_build_gets_its_instance_a_token_and_a_deadline(parts: Parts) -> None:
    instance = keep_placed(parts.database)

    data = load(parts, instance)

    deadline = NOON + timedelta(seconds=TIMEOUT_S)
    assert data.instance is not None
    assert (data.instance.id, data.instance.deadline_at) == (instance.id, deadline)
    assert kept(parts.database, instance.id).deadline_at == deadline
    assert (data.build_token, data.unwinding, data.refusal) == ("vmb_token", False, None)
    assert [step.number for step in data.steps] == [15, 16]


def test_a_build_that_is_tried_again_in_one_life_keeps_its_deadline(parts: Parts) -> None:
    instance = keep_placed(parts.database)
    load(parts, instance)
    parts.clock.advance(60)

    data = parts.say(m.LoadInstance(instance.id, 1, DISPATCH, spent_s=60.0))

    assert isinstance(data, m.BuildData)
    assert kept(parts.database, instance.id).deadline_at == NOON + timedelta(seconds=TIMEOUT_S)
    assert data.timeout_s == TIMEOUT_S - 60


def test_a_build_that_the_next_life_goes_on_with_gets_its_time_anew(parts: Parts) -> None:
    instance = keep_placed(parts.database)
    load(parts, instance)
    parts.clock.advance(60)

    load(parts, instance)

    deadline = NOON + timedelta(seconds=TIMEOUT_S + 60)
    assert kept(parts.database, instance.id).deadline_at == deadline


def test_a_build_token_is_good_for_one_attempt_and_its_calls(parts: Parts) -> None:
    instance = keep_placed(parts.database, attempt=2)

    load(parts, instance, attempt=2)

    (wanted,) = parts.tokens.issued
    assert (wanted["instance_id"], wanted["attempt"]) == (instance.id, 2)
    assert wanted["calls"] == BUILD_CALLS
    assert wanted["lifetime_s"] == TIMEOUT_S


def test_what_the_agent_saw_of_the_dispatch_is_written_down(parts: Parts) -> None:
    instance = keep_placed(parts.database)

    load(parts, instance)

    assert states(parts.database, instance) == {
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

    assert load(parts, instance).instance is None


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

    answer = load(parts, instance)

    assert (answer.instance, answer.is_gone, answer.is_over) == (None, is_gone, is_over)


@pytest.mark.parametrize("refusal", [Unauthenticated("gone"), Forbidden("no longer a member")])
def test_a_build_whose_user_is_gone_is_to_be_undone_and_says_why(
    parts: Parts, refusal: Unauthenticated | Forbidden
) -> None:
    instance = keep_placed(parts.database)
    parts.tokens.refusal = refusal

    data = load(parts, instance)

    assert data.unwinding
    assert data.refusal is not None
    assert (data.refusal.code, data.refusal.step) == (refusal.code, 17)


def test_a_build_waits_while_identity_is_away(parts: Parts) -> None:
    instance = keep_placed(parts.database)
    parts.tokens.refusal = Unavailable("identity is away")

    with pytest.raises(Unavailable):
        load(parts, instance)

    parts.tokens.refusal = None
    assert load(parts, instance).instance is not None


def test_a_build_that_had_begun_to_fail_is_given_out_only_to_be_undone(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    record(parts, instance, m.ActionRecord("allocate-ports", "failed"))

    data = load(parts, instance)

    assert data.unwinding
    assert not succeed(parts, instance)


def test_a_failure_of_an_earlier_attempt_does_not_undo_the_next(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    fail(parts, instance)
    with parts.database.write() as tx:
        instances.set_host(tx, instance.id, 2, "a", NOON)

    assert not load(parts, instance, attempt=2).unwinding


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

    answer = record(parts, instance, m.ActionRecord(action, "running"))

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

    answer = record(parts, instance, m.ActionRecord("spawn", "running"))

    assert answer == m.ProgressAnswer(go_on=False)
    assert kept(parts.database, instance.id).task_state is TaskState.DELETING


def test_once_an_attempt_has_failed_no_life_of_its_agent_finishes_it(parts: Parts) -> None:
    instance = keep_begun(parts.database)

    failing = record(parts, instance, m.ActionRecord("connect-volumes", "failed"))

    assert failing.go_on
    assert not record(parts, instance, m.ActionRecord("spawn", "running")).go_on
    assert not succeed(parts, instance)


def test_a_life_that_was_late_does_not_hide_that_another_one_failed(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    record(parts, instance, m.ActionRecord("connect-volumes", "failed"))

    record(
        parts,
        instance,
        m.ActionRecord("connect-volumes", "done"),
        m.ActionRecord("spawn", "running"),
    )

    assert states(parts.database, instance)["connect-volumes"] == "failed"
    assert load(parts, instance).unwinding
