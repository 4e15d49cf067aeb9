from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.clock import NOON, FakeClock
from tests.support.instances import an_instance, keep, keep_begun, keep_hosts, keep_placed, kept
from tests.support.recording_bus import RecordingBus
from vmctld.compute import messages as m
from vmctld.compute.conductor.sweep import GRACE_S, SILENT_S, Sweep
from vmctld.compute.outbox import Outbox
from vmctld.compute.scheduler.filters.compute import DOWN_AFTER
from vmctld.domain.instance import TaskState, VmState
from vmctld.errors import Unavailable
from vmctld.storage.database import Database
from vmctld.storage.repositories import host_rules, hosts, instances

TIMEOUT_S = 300.0
DEADLINE = NOON + timedelta(seconds=TIMEOUT_S)


@pytest.fixture
def sweep(database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock) -> Sweep:
    keep_hosts(database, "a", "b")
    return Sweep(database, outbox, bus, clock, TIMEOUT_S, elapsed=clock.monotonic)


def test_a_deletion_that_was_heard_nothing_of_is_asked_for_again(
    sweep: Sweep, database: Database, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = keep_begun(database)
    with database.write() as tx:
        instances.begin_delete(tx, instance.id, NOON)
    sweep.sweep()
    clock.advance(SILENT_S)
    sweep.sweep()
    assert bus.sent == []

    clock.advance(1)
    sweep.sweep()
    sweep.sweep()

    assert bus.sent == [("conductor", m.TerminateInstance(instance.id))]


def test_a_build_that_ended_neither_well_nor_ill_in_time_is_given_up(
    sweep: Sweep, database: Database, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = keep_begun(database, deadline_at=DEADLINE)
    sweep.sweep()
    clock.advance(TIMEOUT_S + GRACE_S)
    sweep.sweep()
    assert kept(database, instance.id).vm_state is VmState.BUILDING

    clock.advance(1)
    sweep.sweep()

    failed = kept(database, instance.id)
    assert failed.fault is not None
    assert (failed.vm_state, failed.fault.code) == (VmState.ERROR, "build-timed-out")
    assert failed.host == "a"  # something of it may still be there
    assert bus.told == [("instance-changed", m.InstanceChanged(instance.id))]


def test_builds_have_their_time_to_go_on_after_a_long_night(
    database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> None:
    keep_hosts(database, "a")
    instance = keep_begun(database, deadline_at=DEADLINE)
    clock.advance(8 * 3600)

    sweep = Sweep(database, outbox, bus, clock, TIMEOUT_S, elapsed=clock.monotonic)
    sweep.sweep()
    clock.advance(TIMEOUT_S)
    sweep.sweep()

    assert kept(database, instance.id).vm_state is VmState.BUILDING


@pytest.mark.parametrize("years", [10, -10])
def test_a_wall_clock_that_jumps_ends_no_build_and_lets_none_go_on_for_years(
    sweep: Sweep, database: Database, clock: FakeClock, years: int
) -> None:
    instance = keep_begun(database, deadline_at=DEADLINE)
    sweep.sweep()
    clock.jump(days=365 * years)
    sweep.sweep()
    assert kept(database, instance.id).vm_state is VmState.BUILDING

    clock.advance(TIMEOUT_S + GRACE_S + 1)
    sweep.sweep()

    assert kept(database, instance.id).vm_state is VmState.ERROR


@pytest.mark.parametrize("years", [10, -10])
def test_a_wall_clock_that_jumps_moves_no_build_away_from_its_host(
    sweep: Sweep, database: Database, clock: FakeClock, years: int
) -> None:
    instance = keep_placed(database)
    sweep.sweep()
    clock.jump(days=365 * years)

    sweep.sweep()

    assert kept(database, instance.id).attempt == 1


def test_a_build_that_was_begun_anew_has_all_its_time_again(
    sweep: Sweep, database: Database, clock: FakeClock
) -> None:
    instance = keep_begun(database, deadline_at=DEADLINE)
    sweep.sweep()
    clock.advance(TIMEOUT_S)
    later = DEADLINE + timedelta(seconds=TIMEOUT_S)
    with database.write() as tx:
        assert instances.begin_build(tx, instance.id, 1, "a", clock(), later, "a")
    sweep.sweep()
    clock.advance(GRACE_S + 1)

    sweep.sweep()

    assert kept(database, instance.id).vm_state is VmState.BUILDING


def test_a_build_that_never_began_moves_away_from_a_host_that_is_down(
    sweep: Sweep, database: Database, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = keep_placed(database)
    sweep.sweep()
    clock.advance(DOWN_AFTER.total_seconds() + 1)

    sweep.sweep()

    moved = kept(database, instance.id)
    assert (moved.attempt, moved.host, moved.excluded_hosts) == (2, None, ("a",))
    assert moved.task_state is TaskState.SCHEDULING
    assert [place.attempt for place in bus.messages(m.PlaceInstance)] == [2]
    with database.read() as tx:
        assert [host.instances for host in hosts.everything(tx)] == [0, 0]


def test_a_build_that_never_began_moves_at_once_from_a_host_that_is_said_to_be_dead(
    sweep: Sweep, database: Database
) -> None:
    instance = keep_placed(database)
    with database.write() as tx:
        host_rules.set_forced_down(tx, "a", True)

    sweep.sweep()

    assert kept(database, instance.id).excluded_hosts == ("a",)


def test_a_build_that_began_is_left_to_its_host_until_its_deadline(
    sweep: Sweep, database: Database, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = keep_begun(database, deadline_at=DEADLINE)
    sweep.sweep()
    clock.advance(DOWN_AFTER.total_seconds() + 1)

    sweep.sweep()

    assert kept(database, instance.id).attempt == 1
    assert bus.sent == []


def test_a_build_that_begins_while_the_sweep_looks_is_not_moved(
    sweep: Sweep, database: Database, bus: RecordingBus, clock: FakeClock
) -> None:
    instance = keep_placed(database)
    clock.advance(DOWN_AFTER.total_seconds() + 1)
    with database.write() as tx:
        instances.begin_build(tx, instance.id, 1, "a", NOON, DEADLINE, "a")

    sweep._place_elsewhere(instance)  # as it was when the sweep read it

    assert kept(database, instance.id).attempt == 1
    assert bus.sent == []


def test_what_waits_for_the_scheduler_is_left_to_the_outbox(
    sweep: Sweep, database: Database, bus: RecordingBus, clock: FakeClock
) -> None:
    keep(database, an_instance())
    sweep.sweep()
    clock.advance(3600)

    sweep.sweep()

    assert bus.sent == []


def test_one_that_cannot_be_helped_does_not_keep_the_others_from_help(
    sweep: Sweep, database: Database, bus: RecordingBus, clock: FakeClock, monkeypatch
) -> None:
    first, second = keep_begun(database), keep_begun(database)
    with database.write() as tx:
        for instance in (first, second):
            instances.begin_delete(tx, instance.id, NOON)
    sweep.sweep()
    clock.advance(SILENT_S + 1)
    touch, hopeless = instances.touch, []

    def touch_the_second(tx, instance_id, now):  # type: ignore[no-untyped-def]
        if not hopeless or hopeless == [instance_id]:
            hopeless[:] = [instance_id]
            raise Unavailable("the database is busy")
        return touch(tx, instance_id, now)

    monkeypatch.setattr(instances, "touch", touch_the_second)

    sweep.sweep()

    assert len(bus.sent) == 1


def test_the_rounds_begin_and_end(sweep: Sweep) -> None:
    sweep.start()

    sweep.stop()


def test_a_conductor_that_could_not_hear_moves_no_build(
    database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock
) -> None:
    keep_hosts(database, "a", "b")
    sweep = Sweep(
        database,
        outbox,
        bus,
        clock,
        TIMEOUT_S,
        hears_hosts=lambda: False,
        elapsed=clock.monotonic,
    )
    instance = keep_placed(database)
    sweep.sweep()
    clock.advance(DOWN_AFTER.total_seconds() * 10)

    sweep.sweep()

    assert kept(database, instance.id).attempt == 1
