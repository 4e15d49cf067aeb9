from __future__ import annotations

import threading

import pytest

from tests.support.cloud import eventually
from tests.unit.compute.agent.parts import OneAgent
from vmctld.compute.agent.power import PowerReports
from vmctld.domain.machine import MachineStatus, PowerState
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.observe.locks import KeyedLocks

INSTANCE = "22222222-2222-4222-8222-222222222222"


class Driver(FakeDriver):
    """Says of its machine what a test says."""

    def __init__(self, *powers: PowerState | None) -> None:
        super().__init__()
        self.powers = list(powers)

    def status(self, instance_id: str) -> MachineStatus | None:
        """Return the next state of its machine."""
        return MachineStatus(instance_id, 1, self.powers.pop(0), None, None, None, None)


class Conductor:
    """Keeps what it is told, and takes its time when a test wants."""

    def __init__(self) -> None:
        self.told: list[PowerState] = []
        self.takes_words = threading.Event()
        self.takes_words.set()
        self.asked = 0

    def power_changed(self, instance_id: str, power: PowerState) -> None:
        """Keep it."""
        self.asked += 1
        assert self.takes_words.wait(20)
        self.told.append(power)


def _reports(driver: FakeDriver, conductor: Conductor) -> PowerReports:
    return PowerReports(driver, conductor, KeyedLocks())  # type: ignore[arg-type]


@pytest.mark.parametrize("power", list(PowerState))
def test_what_the_machine_is_now_is_told(power: PowerState) -> None:
    conductor = Conductor()

    _reports(Driver(power), conductor).tell(INSTANCE)

    assert conductor.told == [power]


def test_a_machine_that_is_not_there_is_shut_down() -> None:
    conductor = Conductor()

    _reports(FakeDriver(), conductor).tell(INSTANCE)

    assert conductor.told == [PowerState.SHUTDOWN]


def test_of_a_machine_whose_probe_failed_nothing_is_told() -> None:
    conductor = Conductor()

    _reports(Driver(None), conductor).tell(INSTANCE)

    assert conductor.told == []


@pytest.mark.parametrize("power", [PowerState.RUNNING, None])
def test_of_a_machine_that_runs_as_recorded_nothing_is_told(power: PowerState | None) -> None:
    conductor = Conductor()

    _reports(Driver(power), conductor).tell_unless_running(INSTANCE)

    assert conductor.told == []


def test_what_was_seen_later_is_told_later() -> None:
    driver, conductor = Driver(PowerState.RUNNING, PowerState.CRASHED), Conductor()
    reports = _reports(driver, conductor)
    conductor.takes_words.clear()
    threads = [threading.Thread(target=reports.tell, args=(INSTANCE,)) for _ in range(2)]
    threads[0].start()
    eventually(lambda: conductor.asked == 1, "the first is being told")
    threads[1].start()

    conductor.takes_words.set()
    for thread in threads:
        thread.join(20)

    assert conductor.told == [PowerState.RUNNING, PowerState.CRASHED]


def test_a_machine_that_ended_before_it_was_recorded_is_told_to_have_ended(one: OneAgent) -> None:
    one.driver.watch_exits(lambda _: None)  # told when nobody would hear of it
    original = one.driver.ensure_running

    def start_and_end(machine):  # type: ignore[no-untyped-def]
        status = original(machine)
        one.driver.crash(machine.instance_id)
        return status

    one.driver.ensure_running = start_and_end  # type: ignore[method-assign]

    one.build()

    kinds = [type(message).__name__ for message in one.bus.asked]
    assert kinds[-2:] == ["BuildSucceeded", "PowerChanged"]
    assert one.bus.asked[-1].power_state is PowerState.CRASHED  # type: ignore[attr-defined]
