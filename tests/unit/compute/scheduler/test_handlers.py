from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.clock import NOON, FakeClock
from tests.support.counting import counting
from tests.support.instances import (
    SMALL_HOST,
    a_fault,
    an_instance,
    keep,
    keep_hosts,
    keep_placed,
    kept,
)
from tests.support.recording_bus import RecordingBus
from vmctld.bus.base import Delivery
from vmctld.compute import messages as m
from vmctld.compute.outbox import Outbox
from vmctld.compute.placing import place_request
from vmctld.compute.scheduler.handlers import Scheduler
from vmctld.domain.instance import Fault, Instance, TaskState, VmState
from vmctld.domain.trace import Outcome
from vmctld.errors import Forbidden, NotFound
from vmctld.storage.database import Database
from vmctld.storage.repositories import decisions, hosts, instances, journal


@pytest.fixture
def scheduler(database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock) -> Scheduler:
    keep_hosts(database, "a")
    return Scheduler(database, outbox, bus, clock, clock.monotonic)


def _say(scheduler: Scheduler, message: object, clock: FakeClock) -> m.Placed:
    sent_at = clock() - timedelta(seconds=1)
    delivery = Delivery(message, "vmctld", "req-1", sent_at, clock(), 1)
    return scheduler.handle(delivery, lambda: None)


def _waiting(database: Database, **changes: object) -> Instance:
    instance = an_instance(**changes)
    keep(database, instance)
    return instance


def test_an_instance_gets_a_host_a_claim_and_a_build_all_at_once(
    scheduler: Scheduler, database: Database, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = _waiting(database)

    placed = _say(scheduler, place_request(instance), clock)

    assert placed == m.Placed(instance.id, 1, "a")
    entry = kept(database, instance.id)
    assert (entry.host, entry.task_state, entry.vm_state) == ("a", None, VmState.BUILDING)
    assert bus.sent == [("agent.a", m.BuildInstance(instance.id, 1))]
    with database.read() as tx:
        (host,) = hosts.everything(tx)
        decision = decisions.last(tx, instance.id)
    assert (host.instances, host.free_ram_mib) == (1, SMALL_HOST.ram_mib - 128)
    assert decision is not None
    assert (decision.host, decision.hosts_considered) == ("a", 1)


def test_placing_is_traced_as_steps_8_to_11(
    scheduler: Scheduler, database: Database, clock: FakeClock
) -> None:
    instance = _waiting(database)

    _say(scheduler, place_request(instance), clock)

    with database.read() as tx:
        (entry,) = journal.of_instance(tx, instance.id, "boot")
    assert (entry.action, entry.state, entry.host) == ("place", "done", "a")
    assert [step.number for step in entry.steps] == [8, 9, 10, 11]
    assert entry.steps[0].duration_ms == 1000.0  # as long as it was in the queue


def test_a_request_that_comes_twice_claims_once(
    scheduler: Scheduler, database: Database, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = _waiting(database)
    _say(scheduler, place_request(instance), clock)

    again = _say(scheduler, place_request(instance), clock)

    assert again == m.Placed(instance.id, 1, None)
    assert kept(database, instance.id).host == "a"
    assert len(bus.sent) == 1
    with database.read() as tx:
        assert hosts.everything(tx)[0].instances == 1


def test_a_second_copy_that_finds_no_room_does_not_fail_what_is_placed(
    scheduler: Scheduler, database: Database, clock: FakeClock
) -> None:
    instance = _waiting(database)
    _say(scheduler, place_request(instance), clock)
    while keep_placed_fits(database):
        keep_placed(database)

    _say(scheduler, place_request(instance), clock)

    assert kept(database, instance.id).vm_state is VmState.BUILDING
    assert kept(database, instance.id).host == "a"


def keep_placed_fits(database: Database) -> bool:
    """True while the host has room for one more."""
    with database.read() as tx:
        return hosts.everything(tx)[0].free_ram_mib >= 128


@pytest.mark.parametrize("change", ["deleting", "attempt"])
def test_a_stale_request_claims_nothing(
    scheduler: Scheduler, database: Database, bus: RecordingBus, clock: FakeClock, change: str
) -> None:
    instance = _waiting(database)
    request = place_request(instance)
    with database.write() as tx:
        if change == "deleting":
            instances.begin_delete(tx, instance.id, NOON)
        else:
            tx.execute(instances.TABLE.update().values(attempt=2))

    assert _say(scheduler, request, clock).host is None

    assert bus.sent == []
    with database.read() as tx:
        assert hosts.everything(tx)[0].instances == 0


def test_an_instance_that_no_host_takes_fails_with_numbers_and_a_remedy(
    scheduler: Scheduler, database: Database, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = _waiting(database, availability_zone="mars")

    placed = _say(scheduler, place_request(instance), clock)

    failed = kept(database, instance.id)
    assert placed.host is None
    assert failed.fault is not None
    assert (failed.vm_state, failed.fault.code, failed.fault.step) == (
        VmState.ERROR,
        "no-valid-host",
        10,
    )
    assert failed.fault.message == (
        "No valid host was found: of 1 host AvailabilityZoneFilter refused 1."
    )
    assert failed.fault.hint == "it would fit with availability zone nova"
    assert failed.fault.facts["refusals"] == {"AvailabilityZoneFilter": 1}
    assert bus.messages(m.ReleaseReserved) == [m.ReleaseReserved(instance.id)]


def test_the_step_that_found_no_host_is_traced_as_failed(
    scheduler: Scheduler, database: Database, clock: FakeClock
) -> None:
    instance = _waiting(database, availability_zone="mars")

    _say(scheduler, place_request(instance), clock)

    with database.read() as tx:
        (entry,) = journal.of_instance(tx, instance.id, "boot")
    assert [(s.number, s.outcome) for s in entry.steps] == [
        (8, Outcome.DONE),
        (9, Outcome.DONE),
        (10, Outcome.FAILED),
    ]


def test_without_any_host_the_fault_says_so(
    database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = _waiting(database)
    alone = Scheduler(database, outbox, bus, clock, clock.monotonic)

    _say(alone, place_request(instance), clock)

    fault = kept(database, instance.id).fault
    assert fault is not None
    assert fault.message == "No valid host was found: there is no compute host."


def _failed_once(database: Database, *faults: Fault) -> Instance:
    """Keep an instance whose build on the only host was taken back."""
    instance = _waiting(database, attempt=2, excluded_hosts=("a",))
    with database.write() as tx:
        for position, fault in enumerate(faults):
            entry = journal.JournalEntry(
                instance_id=instance.id,
                saga="boot",
                attempt=1,
                action="spawn",
                position=position,
                state="undone",
                host="a",
                started_at=NOON,
                ended_at=NOON,
                fault=fault,
                steps=(),
            )
            journal.write(tx, [entry])
    return instance


def test_where_no_host_is_left_the_fault_is_why_the_last_build_failed(
    scheduler: Scheduler, database: Database, clock: FakeClock
) -> None:
    cause = a_fault(code="hypervisor-failed", message="QEMU ended", step=28)
    instance = _failed_once(database, cause)

    _say(scheduler, place_request(instance), clock)

    failed = kept(database, instance.id)
    assert failed.fault is not None
    assert (failed.fault.code, failed.fault.step) == ("hypervisor-failed", 28)
    with database.read() as tx:
        decision = decisions.last(tx, instance.id)
    assert decision is not None
    assert decision.host is None  # which has the reasons of the hosts


def test_where_no_host_is_left_and_no_build_failed_the_fault_is_that_no_host_fits(
    scheduler: Scheduler, database: Database, clock: FakeClock
) -> None:
    instance = _failed_once(database)

    _say(scheduler, place_request(instance), clock)

    failed = kept(database, instance.id)
    assert failed.fault is not None
    assert (failed.fault.code, failed.fault.step) == ("no-valid-host", 10)


def test_a_host_that_was_asked_for_and_is_not_there_is_named(
    scheduler: Scheduler, database: Database, clock: FakeClock
) -> None:
    instance = _waiting(database, forced_host="z")

    _say(scheduler, place_request(instance), clock)

    fault = kept(database, instance.id).fault
    assert fault is not None
    assert fault.message == "No valid host was found: there is no compute host named z."


def test_a_host_that_an_admin_asked_for_is_taken(
    scheduler: Scheduler, database: Database, clock: FakeClock
) -> None:
    keep_hosts(database, "b", "c")
    instance = _waiting(database, forced_host="c")

    assert _say(scheduler, place_request(instance), clock).host == "c"


def test_a_scheduler_whose_picture_is_old_looks_again_before_it_refuses(
    scheduler: Scheduler, database: Database, clock: FakeClock
) -> None:
    scheduler.view.refresh()
    while keep_placed_fits(database):
        keep_placed(database)
    keep_hosts(database, "late")  # neither the claims nor the host were told to this scheduler
    instance = _waiting(database)

    assert _say(scheduler, place_request(instance), clock).host == "late"


def test_of_two_schedulers_with_one_place_left_one_gets_it(
    scheduler: Scheduler, database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> None:
    other = Scheduler(database, outbox, RecordingBus(), clock, clock.monotonic)
    for one in (scheduler, other):
        one.view.refresh()
    with database.write() as tx:
        tx.execute(hosts.TABLE.update().values(free_ram_mib=128))
    first, second = _waiting(database), _waiting(database)

    with counting() as counts:
        placed = [
            _say(scheduler, place_request(first), clock).host,
            _say(other, place_request(second), clock).host,
        ]

    assert placed == ["a", None]
    assert counts.claims_retried == 1
    assert kept(database, second.id).vm_state is VmState.ERROR


def test_news_of_claims_is_taken_into_the_picture(scheduler: Scheduler, bus: RecordingBus) -> None:
    scheduler.view.refresh()

    bus.fanout("hosts-changed", m.HostsChanged((m.HostFree("a", 0, 0, 0, 9, 99),)))
    bus.fanout("hosts-changed", "nonsense")

    (host,) = scheduler.view.best_first()
    assert (host.free_ram_mib, host.instances) == (0, 9)


def test_news_that_says_reload_has_the_hosts_read_again(
    scheduler: Scheduler, bus: RecordingBus, database: Database
) -> None:
    scheduler.view.refresh()
    keep_hosts(database, "b")

    bus.fanout("hosts-changed", m.HostsChanged((), reload=True))
    scheduler.view.refresh()

    assert len(scheduler.view) == 2


def test_a_message_of_somebody_else_is_refused_for_good(
    scheduler: Scheduler, clock: FakeClock
) -> None:
    with pytest.raises(NotFound):
        _say(scheduler, m.BuildInstance("i-1", 1), clock)


def test_waiting_for_the_scheduler_is_over_when_a_host_is_set(
    scheduler: Scheduler, database: Database, clock: FakeClock
) -> None:
    instance = _waiting(database)
    assert instance.task_state is TaskState.SCHEDULING

    _say(scheduler, place_request(instance), clock)

    assert kept(database, instance.id).task_state is None


def test_an_agent_cannot_have_anything_placed(
    scheduler: Scheduler, database: Database, clock: FakeClock
) -> None:
    message = place_request(_waiting(database))
    delivery = Delivery(message, "agent.a", "req-1", clock(), clock(), 1)

    with pytest.raises(Forbidden):
        scheduler.handle(delivery, lambda: None)
