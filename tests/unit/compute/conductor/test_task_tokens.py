"""A token for a task is for its own host, while there is the task."""

from __future__ import annotations

import pytest

from tests.support.instances import an_instance, keep
from tests.unit.compute.conductor.parts import Parts
from vmctld.compute.conductor.task_tokens import TASK_CALLS
from vmctld.compute.network_messages import TaskToken, TaskTokenAnswer
from vmctld.domain.instance import Instance, Task, TaskState, VmState
from vmctld.errors import Forbidden, WrongState


def _busy(parts: Parts) -> Instance:
    task = Task("task-1", "attach_interface", "req-1", VmState.ACTIVE)
    instance = an_instance(
        vm_state=VmState.ACTIVE, task_state=TaskState.ATTACHING_INTERFACE, task=task, host="a"
    )
    keep(parts.database, instance)
    return instance


def test_the_instances_host_gets_one_for_the_instances_user(parts: Parts) -> None:
    instance = _busy(parts)

    answer = parts.say(TaskToken(instance.id, "task-1"))

    assert answer == TaskTokenAnswer("vmb_token")
    (issued,) = parts.tokens.issued
    assert issued["calls"] == TASK_CALLS
    assert (issued["user_id"], issued["project_id"]) == (instance.user_id, instance.project_id)


@pytest.mark.parametrize(("sender", "task_id"), [("agent.b", "task-1"), ("agent.a", "task-2")])
def test_another_host_or_another_task_gets_none(parts: Parts, sender: str, task_id: str) -> None:
    instance = _busy(parts)

    with pytest.raises(WrongState) as refused:
        parts.say(TaskToken(instance.id, task_id), sender)

    assert refused.value.code == "task-over"
    assert parts.tokens.issued == []


def test_a_user_who_is_gone_gets_none(parts: Parts) -> None:
    instance = _busy(parts)
    parts.tokens.refusal = Forbidden("the user is gone")

    with pytest.raises(Forbidden):
        parts.say(TaskToken(instance.id, "task-1"))
