from __future__ import annotations

import pytest

from tests.support.clock import NOON
from tests.support.instances import SMALL_HOST, a_fault, keep_begun, kept
from tests.unit.compute.conductor.parts import Parts
from vmctld.bus.rules import is_worth_retrying
from vmctld.compute import messages as m
from vmctld.compute.conductor.handlers import host_of
from vmctld.domain.instance import VmState
from vmctld.domain.machine import PowerState
from vmctld.errors import Forbidden, InvalidRequest
from vmctld.storage.repositories import instances, journal


def test_an_agent_is_told_nothing_of_another_hosts_instance(parts: Parts) -> None:
    instance = keep_begun(parts.database, "a")

    answer = parts.say(m.LoadInstance(instance.id, 1, ()), sender="agent.b")

    assert answer == m.BuildData(None, "", False, (), is_gone=True)
    assert parts.tokens.issued == []


@pytest.mark.parametrize("sender", ["compute-api", "", "agentb", "scheduler"])
def test_who_is_no_agent_is_not_answered_like_one(parts: Parts, sender: str) -> None:
    instance = keep_begun(parts.database, "a")

    with pytest.raises(Forbidden) as refused:
        parts.say(m.LoadInstance(instance.id, 1, ()), sender=sender)

    assert refused.value.code == "not-an-agent"


def test_an_agent_cannot_end_instances_as_if_it_were_the_api(parts: Parts) -> None:
    instance = keep_begun(parts.database, "a")
    with parts.database.write() as tx:
        instances.begin_delete(tx, instance.id, NOON)

    with pytest.raises(Forbidden):
        parts.say(m.TerminateInstance(instance.id), sender="agent.b")

    assert parts.bus.sent == []


def _forged(instance_id: str) -> list[object]:
    record = m.ActionRecord("spawn", "running")
    return [
        m.AwaitSlot(instance_id, 1),
        m.RecordProgress(instance_id, 1, (record,)),
        m.RecordProgress(instance_id, 1, (m.ActionRecord("spawn", "failed"),)),
        m.BuildSucceeded(instance_id, 1, m.ActionRecord("spawn", "done"), (), None, None),
        m.BuildFailed(instance_id, 1, (record,), a_fault(), True),
        m.PowerChanged(instance_id, PowerState.SHUTDOWN),
        m.Reconcile(()),
    ]


@pytest.mark.parametrize("which", range(7))
def test_an_agent_changes_nothing_of_another_hosts_instance(parts: Parts, which: int) -> None:
    instance = keep_begun(parts.database, "a")
    before = kept(parts.database, instance.id)

    parts.say(_forged(instance.id)[which], sender="agent.b")

    assert kept(parts.database, instance.id) == before
    assert parts.bus.sent == []


@pytest.mark.parametrize("which", range(5))
def test_a_late_word_on_an_earlier_attempt_changes_nothing(parts: Parts, which: int) -> None:
    instance = keep_begun(parts.database, "a", attempt=2)
    before = kept(parts.database, instance.id)

    parts.say(_forged(instance.id)[which], sender="agent.a")

    assert kept(parts.database, instance.id) == before
    with parts.database.read() as tx:
        assert {entry.attempt for entry in journal.of_instance(tx, instance.id, "boot")} <= {2}
    assert parts.bus.sent == []


def test_an_agent_that_was_given_up_cannot_finish_what_its_successor_undoes(parts: Parts) -> None:
    instance = keep_begun(parts.database, "a")
    failed = m.ActionRecord("allocate-ports", "failed")
    parts.say(m.RecordProgress(instance.id, 1, (failed,)))

    late = parts.say(_forged(instance.id)[3])

    assert late == m.ProgressAnswer(False)
    assert kept(parts.database, instance.id).vm_state is VmState.BUILDING


def test_an_agent_cannot_close_the_entry_of_another_hosts_instance(parts: Parts) -> None:
    instance = keep_begun(parts.database, "a", vm_state=VmState.BUILDING)

    with pytest.raises(Forbidden):
        parts.say(m.InstanceDestroyed(instance.id), sender="agent.b")


@pytest.mark.parametrize("hosts", [("b",), ("a", "b"), ("b", "a")])
def test_an_agent_speaks_for_no_host_but_its_own(parts: Parts, hosts: tuple[str, ...]) -> None:
    reports = tuple(m.HostReport(host, "nova", "fake", SMALL_HOST) for host in hosts)

    with pytest.raises(Forbidden) as refused:
        parts.say(m.HostsReport(reports), sender="agent.a")

    assert refused.value.code == "not-your-host"
    assert not is_worth_retrying(refused.value)  # a cast that says so is a dead letter at once


def test_who_speaks_for_all_hosts_of_a_process_does_nothing_else(parts: Parts) -> None:
    instance = keep_begun(parts.database, "a")

    for message in _forged(instance.id):
        with pytest.raises(Forbidden):
            parts.say(message, sender=m.ALL_AGENTS)


@pytest.mark.parametrize("action", ["place", "sign-in", "anything"])
def test_an_agent_writes_only_its_own_part_of_a_boot(parts: Parts, action: str) -> None:
    instance = keep_begun(parts.database, "a")

    with pytest.raises(Forbidden):
        parts.say(m.RecordProgress(instance.id, 1, (m.ActionRecord(action, "running"),)))


def test_a_message_of_somebody_else_is_refused_for_good(parts: Parts) -> None:
    with pytest.raises(InvalidRequest):
        parts.say(m.BuildInstance("i-1", 1))


def test_the_host_is_known_from_the_senders_address() -> None:
    assert host_of("agent.host-1.example") == "host-1.example"
