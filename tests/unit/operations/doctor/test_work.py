"""Work that waits and work that is late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.bus import an_envelope
from tests.support.living import INSTANCE
from tests.support.planted import MENDED, SEEN, Site
from vmctld.bus.base import DeadLetter
from vmctld.compute.conductor.dead_letters import DeadLetters
from vmctld.compute.messages import TerminateInstance
from vmctld.domain.operations import Outcome
from vmctld.errors import Internal, TimedOut, Unavailable, VmctlError
from vmctld.operations.doctor import Doctor, work
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import outbox


class FakeBus:
    """A bus as healthy as a test says."""

    def __init__(
        self,
        depth: Mapping[str, int],
        took_s: float = 0.001,
        unconfirmed: int = 0,
        error: VmctlError | None = None,
    ) -> None:
        self.asked: list[str] = []
        self._depth, self._took_s, self._unconfirmed = depth, took_s, unconfirmed
        self._error = error

    def depth(self, addresses: Sequence[str] = ()) -> Mapping[str, int]:
        """Return the depth, or fail."""
        self.asked += addresses
        if self._error:
            raise self._error
        return self._depth

    def unconfirmed(self) -> int:
        """Return how many there are."""
        return self._unconfirmed

    def round_trip_s(self, timeout_s: float) -> float:
        """Return how long it took, or fail."""
        if self._error:
            raise self._error
        return self._took_s


@pytest.mark.parametrize(("waiting", "outcome"), [(3, Outcome.OK), (20_000, Outcome.WARNING)])
def test_queues_are_told_with_the_deepest_first(
    installation: Installation, waiting: int, outcome: Outcome
) -> None:
    depth = {"conductor": 0, "scheduler": 1, "agent.host-1": waiting}

    diagnosis = work.queues(replace(installation, bus=FakeBus(depth)))

    assert diagnosis.outcome is outcome
    assert diagnosis.detail == (
        f"{waiting + 1} messages waiting: {waiting} for agent.host-1, 1 for scheduler"
    )


def test_the_queues_of_other_processes_are_asked_for(installation: Installation) -> None:
    bus = FakeBus({})

    work.queues(replace(installation, bus=bus))

    assert bus.asked == ["scheduler", "conductor", "compute-api", "agent.host-1", "agent.host-2"]


@pytest.mark.parametrize(
    ("took_s", "unconfirmed", "outcome"),
    [(0.002, 3, Outcome.OK), (0.3, 3, Outcome.WARNING), (0.002, 2000, Outcome.WARNING)],
)
def test_the_broker_is_timed_and_its_unconfirmed_messages_are_counted(
    installation: Installation, took_s: float, unconfirmed: int, outcome: Outcome
) -> None:
    bus = FakeBus({}, took_s, unconfirmed)

    diagnosis = work.broker(replace(installation, bus=bus))

    assert diagnosis.outcome is outcome
    assert diagnosis.detail.startswith(
        f"round trip {took_s * 1000:.1f} ms, {unconfirmed} messages unconfirmed"
    )


def test_a_round_trip_that_takes_too_long_is_a_warning(installation: Installation) -> None:
    late = TimedOut("The workers of agents took nothing new within 5 s.")

    diagnosis = work.broker(replace(installation, bus=FakeBus({}, error=late)))

    assert (diagnosis.outcome, diagnosis.detail) == (Outcome.WARNING, late.message)


def test_a_broker_that_is_away_is_a_failure(installation: Installation) -> None:
    away = Unavailable("The broker is away.", code="broker-away", hint="start it")
    examined = replace(installation, bus=FakeBus({}, error=away))

    for diagnosis in Doctor(examined).examine():
        if diagnosis.name in ("broker", "queues"):
            assert diagnosis.outcome is Outcome.FAILED
            assert diagnosis.detail == "could not be looked at: The broker is away."
            assert diagnosis.remedy == "start it"


@pytest.mark.parametrize(("age_s", "outcome"), [(5, Outcome.OK), (125, Outcome.WARNING)])
def test_a_message_that_is_kept_for_long_is_a_warning(
    installation: Installation, age_s: int, outcome: Outcome
) -> None:
    with installation.database.write() as tx:
        for younger_s in (0, 1):
            kept = installation.clock() - timedelta(seconds=age_s - younger_s)
            outbox.add(tx, "agent.x", "cast", "{}", kept)

    diagnosis = work.outbox(installation)

    assert diagnosis.outcome is outcome
    assert diagnosis.detail == f"2 messages not settled, the oldest for {age_s} s"


def test_an_empty_outbox_is_fine(installation: Installation) -> None:
    assert work.outbox(installation).outcome is Outcome.OK


def test_dead_letters_are_counted_and_the_latest_ones_told(installation: Installation) -> None:
    keeper = DeadLetters(installation.database, installation.clock)
    for number in range(5):
        letter = an_envelope(TerminateInstance(INSTANCE))
        keeper.on_dead_letter(DeadLetter(f"agent.{number}", letter, Internal("it did not work")))

    diagnosis = work.dead_letters(installation)

    assert diagnosis.outcome is Outcome.WARNING
    assert diagnosis.detail.startswith("5 kept, the latest: TerminateInstance for agent.")
    assert diagnosis.detail.count("it did not work") == 3
    assert "vmctl dead-letters" in diagnosis.remedy


def test_without_dead_letters_all_is_fine(installation: Installation) -> None:
    assert work.dead_letters(installation).detail == "none"


def test_a_stuck_undo_is_a_failure_that_names_it(installation: Installation, site: Site) -> None:
    planted = MENDED["stuck-undo"](site)

    diagnosis = work.stuck_undos(installation)

    assert diagnosis.outcome is Outcome.FAILED
    assert diagnosis.detail == (f"1 could not be undone: planted of {planted.subject.split()[0]}")


def test_work_that_is_late_is_a_failure_that_names_it(
    installation: Installation, site: Site
) -> None:
    planted = SEEN["overdue-build"](site)

    diagnosis = work.overdue_work(installation)

    assert diagnosis.outcome is Outcome.FAILED
    assert diagnosis.detail == f"1 of 1 under way are late: {planted.subject} BUILD"


def test_work_that_is_under_way_is_counted(installation: Installation) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("UPDATE instances SET vm_state = 'building', updated_at = '2999-01-01'")

    assert work.overdue_work(installation).detail == "1 under way, none late"


def test_a_build_past_its_deadline_is_late(installation: Installation) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql(
            "UPDATE instances SET vm_state = 'building', updated_at = '2999-01-01 00:00:00',"
            " deadline_at = '2020-01-01 00:00:00'"
        )

    assert work.overdue_work(installation).outcome is Outcome.FAILED
