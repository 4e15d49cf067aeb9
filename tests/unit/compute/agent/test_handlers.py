from __future__ import annotations

import pytest

from tests.unit.compute.agent.parts import OneAgent
from vmctld.bus.base import Delivery
from vmctld.compute import messages as m
from vmctld.domain.instance import VolumePlan
from vmctld.domain.machine import PowerState
from vmctld.errors import Forbidden, HypervisorFailed, InvalidRequest, Unavailable


def test_a_build_that_comes_twice_is_built_once_and_both_are_settled(one: OneAgent) -> None:
    one.desk.holds = True
    message = m.BuildInstance(one.instance.id, 1)

    assert one.say(message, "first") == "deferred"
    assert one.say(message, "second") == "deferred"
    (job,) = one.desk.jobs
    job()

    assert one.settled == ["first", "second"]
    assert len(one.bus.told_of(m.LoadInstance)) == 1


def test_a_build_that_comes_again_later_is_taken_again(one: OneAgent) -> None:
    one.build()
    one.bus.instance = None

    one.build()

    assert one.settled == ["settled", "settled"]


def test_a_build_that_could_not_be_settled_is_settled_by_its_next_try(one: OneAgent) -> None:
    one.desk.holds = True
    one.say(m.BuildInstance(one.instance.id, 1))
    (job,) = one.desk.jobs
    one.bus.failures = {m.LoadInstance: [HypervisorFailed("a bug")]}
    with pytest.raises(HypervisorFailed):
        job()

    job()

    assert one.settled == ["settled"]


def test_a_build_that_has_to_wait_for_a_slot_says_so() -> None:
    one = OneAgent()
    one.driver.concurrent_starts = 0
    one.agent = one.new_agent()
    one.desk.holds = True

    one.build()

    assert one.bus.casts == [("conductor", m.AwaitSlot(one.instance.id, 1))]


def test_an_end_gives_everything_back_machine_first() -> None:
    one = OneAgent(volumes=(VolumePlan("vol-1", "att-1"),))
    one.build()
    running: list[int] = []
    one.stores.before = lambda _name: running.append(len(one.driver.machines()))

    one.say(m.DestroyInstance(one.instance))

    assert one.leftovers() == []
    assert set(running) == {0}  # an address is free only when nobody can use it
    assert one.bus.asked[-1] == m.InstanceDestroyed(one.instance.id)


def test_an_end_can_be_asked_for_again(one: OneAgent) -> None:
    one.build()

    for _ in range(2):
        one.say(m.DestroyInstance(one.instance))

    assert one.leftovers() == []


def test_an_end_that_fails_half_way_is_not_reported_as_done(one: OneAgent) -> None:
    one.build()

    def fail(name: str) -> None:
        if name == "release-ports":
            raise Unavailable("the network service is away")

    one.stores.before = fail

    with pytest.raises(Unavailable):
        one.say(m.DestroyInstance(one.instance))

    assert one.bus.told_of(m.InstanceDestroyed) == []


def test_a_message_of_somebody_else_is_refused_for_good(one: OneAgent) -> None:
    with pytest.raises(InvalidRequest):
        one.say(m.TerminateInstance("i-1"))


def test_a_host_says_what_it_has(one: OneAgent) -> None:
    report = one.agent.report()

    assert (report.host, report.driver) == ("a", "fake")
    assert report.capacity == one.driver.capacity()


def test_what_runs_here_is_told_and_what_belongs_to_nobody_is_ended(one: OneAgent) -> None:
    one.build()
    one.bus.reconciled = m.ReconcileAnswer((one.instance.id,), ())

    one.agent.reconcile()

    (asked,) = one.bus.told_of(m.Reconcile)
    assert asked.machines == (m.MachineReport(one.instance.id, 1, PowerState.RUNNING),)
    assert one.driver.machines() == []


def test_a_machine_that_is_really_missing_is_told(one: OneAgent) -> None:
    one.bus.reconciled = m.ReconcileAnswer((), (one.instance.id,))

    one.agent.reconcile()

    assert one.bus.told_of(m.PowerChanged) == [m.PowerChanged(one.instance.id, PowerState.SHUTDOWN)]


def test_a_machine_that_was_built_since_the_look_is_told_to_run(one: OneAgent) -> None:
    one.build()
    one.bus.reconciled = m.ReconcileAnswer((), (one.instance.id,))

    one.agent.reconcile()

    assert one.bus.told_of(m.PowerChanged) == [m.PowerChanged(one.instance.id, PowerState.RUNNING)]


def test_an_exit_is_told_and_one_that_cannot_be_told_waits_for_the_next_round(
    one: OneAgent,
) -> None:
    one.agent.on_exit(one.instance.id)
    one.bus.failures = {m.PowerChanged: [Unavailable("stopping", code="bus-closed")]}

    one.agent.on_exit(one.instance.id)

    assert len(one.bus.told_of(m.PowerChanged)) == 2


def test_another_hosts_agent_has_nothing_to_ask_for(one: OneAgent) -> None:
    now, sender = one.clock(), "agent.b"
    for message in (m.BuildInstance(one.instance.id, 1), m.DestroyInstance(one.instance)):
        with pytest.raises(Forbidden):
            one.agent.handle(Delivery(message, sender, "req-1", now, now, 1), lambda: None)

    assert one.leftovers() == []


def test_an_agent_says_where_its_guests_consoles_are_served(one: OneAgent) -> None:
    assert one.say(m.LocateAgent()) == m.AgentLocated("", "")
