from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.clock import NOON
from tests.support.instances import SMALL_HOST, a_fault, keep_begun, kept
from tests.unit.compute.conductor.parts import Parts
from vmctld.compute import messages as m
from vmctld.domain.instance import Instance, TaskState, VmState
from vmctld.domain.machine import PowerState
from vmctld.storage.repositories import hosts, instances

RELOAD = ("hosts-changed", m.HostsChanged((), reload=True))


def _report(parts: Parts, *reports: m.HostReport, sender: str = "agent.a") -> None:
    parts.say(m.HostsReport(reports), sender=sender)


def _active(parts: Parts) -> Instance:
    instance = keep_begun(parts.database)
    with parts.database.write() as tx:
        instances.finish_build(
            tx, instance.id, 1, "a", addresses=(), ssh_port=None, accelerator=None, now=NOON
        )
    return kept(parts.database, instance.id)


def _set_state(parts: Parts, state: VmState) -> None:
    with parts.database.write() as tx:
        tx.execute(instances.TABLE.update().values(vm_state=state.value))


def _reconcile(parts: Parts, *machines: m.MachineReport) -> m.ReconcileAnswer:
    answer = parts.say(m.Reconcile(machines))
    assert isinstance(answer, m.ReconcileAnswer)
    return answer


def test_a_new_host_is_known_and_schedulers_are_told(parts: Parts) -> None:
    _report(parts, m.HostReport("c", "nova", "fake", SMALL_HOST), sender="agent.c")

    with parts.database.read() as tx:
        assert [host.name for host in hosts.everything(tx)] == ["a", "b", "c"]
    assert parts.bus.told == [RELOAD]


def test_a_host_that_says_nothing_new_was_seen_and_that_is_all(parts: Parts) -> None:
    parts.clock.advance(30)

    _report(parts, m.HostReport("a", "nova", "fake", SMALL_HOST))

    with parts.database.read() as tx:
        assert hosts.everything(tx)[0].seen_at == parts.clock()
    assert parts.bus.told == []


def test_a_host_that_grew_keeps_what_is_claimed_of_it(parts: Parts) -> None:
    keep_begun(parts.database)
    larger = replace(SMALL_HOST, ram_mib=4096)

    _report(parts, m.HostReport("a", "nova", "fake", larger))

    with parts.database.read() as tx:
        assert hosts.everything(tx)[0].free_ram_mib == 4096 - 128
    assert parts.bus.told == [RELOAD]


def test_one_process_speaks_for_all_its_hosts(parts: Parts) -> None:
    parts.clock.advance(30)

    _report(
        parts,
        m.HostReport("a", "nova", "fake", SMALL_HOST),
        m.HostReport("b", "nova", "fake", SMALL_HOST),
        sender=m.ALL_AGENTS,
    )

    with parts.database.read() as tx:
        assert {host.seen_at for host in hosts.everything(tx)} == {parts.clock()}


def test_a_machine_of_nobody_must_go(parts: Parts) -> None:
    answer = _reconcile(parts, m.MachineReport("nobody", 1, PowerState.RUNNING))

    assert answer == m.ReconcileAnswer(("nobody",), ())


def test_a_machine_of_an_earlier_attempt_must_go(parts: Parts) -> None:
    instance = keep_begun(parts.database, attempt=2)

    assert _reconcile(parts, m.MachineReport(instance.id, 1, None)).unwanted == (instance.id,)
    assert _reconcile(parts, m.MachineReport(instance.id, 2, None)).unwanted == ()


def test_a_machine_of_a_build_that_timed_out_must_go(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    with parts.database.write() as tx:
        instances.fail(tx, instance.id, 1, a_fault(), NOON, keep_host=True)

    assert _reconcile(parts, m.MachineReport(instance.id, 1, None)).unwanted == (instance.id,)


def test_a_machine_that_is_being_deleted_is_left_to_its_deletion(parts: Parts) -> None:
    instance = keep_begun(parts.database)
    with parts.database.write() as tx:
        instances.begin_delete(tx, instance.id, NOON)

    assert _reconcile(parts, m.MachineReport(instance.id, 1, None)).unwanted == ()


def test_a_machine_that_went_off_while_nobody_looked_is_noticed(parts: Parts) -> None:
    instance = _active(parts)

    answer = _reconcile(parts, m.MachineReport(instance.id, 1, PowerState.SHUTDOWN))

    assert answer == m.ReconcileAnswer((), (instance.id,))
    assert kept(parts.database, instance.id).vm_state is VmState.ACTIVE  # the list may be old


def test_a_stopped_instance_whose_machine_runs_is_looked_at_again(parts: Parts) -> None:
    instance = _active(parts)
    parts.say(m.PowerChanged(instance.id, PowerState.SHUTDOWN))

    running = _reconcile(parts, m.MachineReport(instance.id, 1, PowerState.RUNNING))
    gone = _reconcile(parts)

    assert running == m.ReconcileAnswer((), (instance.id,))
    assert gone == m.ReconcileAnswer((), ())


@pytest.mark.parametrize(
    ("power", "looked_at"),
    [(PowerState.PAUSED, False), (PowerState.RUNNING, False), (PowerState.CRASHED, True)],
)
def test_a_paused_machine_is_looked_at_again_when_it_has_ended(
    parts: Parts, power: PowerState, looked_at: bool
) -> None:
    instance = _active(parts)
    _set_state(parts, VmState.PAUSED)

    answer = _reconcile(parts, m.MachineReport(instance.id, 1, power))

    assert answer.differing == ((instance.id,) if looked_at else ())


def test_a_paused_machine_that_ends_is_stopped_and_one_that_runs_stays_what_it_was(
    parts: Parts,
) -> None:
    instance = _active(parts)
    _set_state(parts, VmState.PAUSED)

    parts.say(m.PowerChanged(instance.id, PowerState.RUNNING))
    assert kept(parts.database, instance.id).vm_state is VmState.PAUSED
    parts.say(m.PowerChanged(instance.id, PowerState.CRASHED))

    assert kept(parts.database, instance.id).vm_state is VmState.STOPPED


def test_a_machine_that_is_as_recorded_is_left_alone(parts: Parts) -> None:
    instance = _active(parts)

    answer = _reconcile(parts, m.MachineReport(instance.id, 1, PowerState.RUNNING))

    assert answer == m.ReconcileAnswer((), ())


def test_a_machine_whose_probe_failed_is_not_called_off(parts: Parts) -> None:
    instance = _active(parts)

    answer = _reconcile(parts, m.MachineReport(instance.id, 1, None))

    assert kept(parts.database, instance.id).vm_state is VmState.ACTIVE
    assert answer == m.ReconcileAnswer((), ())


def test_a_machine_that_is_missing_is_looked_for_again_before_anything_is_decided(
    parts: Parts,
) -> None:
    instance = _active(parts)

    answer = _reconcile(parts)

    assert answer == m.ReconcileAnswer((), (instance.id,))
    assert kept(parts.database, instance.id).vm_state is VmState.ACTIVE


def test_a_build_under_way_is_not_missing(parts: Parts) -> None:
    keep_begun(parts.database)

    assert _reconcile(parts) == m.ReconcileAnswer((), ())


@pytest.mark.parametrize(
    ("power", "state"),
    [
        (PowerState.SHUTDOWN, VmState.STOPPED),
        (PowerState.CRASHED, VmState.STOPPED),
        (PowerState.PAUSED, VmState.ACTIVE),
    ],
)
def test_what_the_hypervisor_says_is_recorded_and_told(
    parts: Parts, power: PowerState, state: VmState
) -> None:
    instance = _active(parts)

    parts.say(m.PowerChanged(instance.id, power))

    changed = kept(parts.database, instance.id)
    assert (changed.power_state, changed.vm_state) == (power, state)
    assert ("instance-changed", m.InstanceChanged(instance.id)) in parts.bus.told


def test_a_machine_that_ends_while_it_is_deleted_is_nothing_new(parts: Parts) -> None:
    instance = _active(parts)
    with parts.database.write() as tx:
        instances.begin_delete(tx, instance.id, NOON)

    parts.say(m.PowerChanged(instance.id, PowerState.SHUTDOWN))

    assert kept(parts.database, instance.id).task_state is TaskState.DELETING
    assert parts.bus.told == []
