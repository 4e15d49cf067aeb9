"""What is the fake driver's own; what all drivers promise is in tests/contract."""

from __future__ import annotations

from tests.support.machines import a_machine
from vmctld.domain.flavor import FIRST_FLAVORS
from vmctld.drivers.fake import FakeDriver


def test_a_host_has_room_for_ten_thousand_of_the_smallest() -> None:
    nano = FIRST_FLAVORS[0]

    capacity = FakeDriver().capacity()

    assert capacity.vcpus >= 10_000 * nano.vcpus
    assert capacity.ram_mib >= 10_000 * nano.ram_mib
    assert capacity.disk_gib >= 10_000 * nano.disk_gib


def test_any_number_may_start_at_once() -> None:
    assert FakeDriver().concurrent_starts is None


def test_without_a_directory_machines_end_with_the_daemon() -> None:
    FakeDriver().ensure_running(a_machine())

    assert FakeDriver().machines() == []


def test_a_console_gives_back_what_is_typed() -> None:
    driver, machine = FakeDriver(), a_machine()
    driver.ensure_running(machine)

    with driver.open_console(machine.instance_id) as console:
        console.write(b"hello")
        echo = console.read(1)

    assert echo == b"hello"


def test_a_guest_has_settled_at_once() -> None:
    driver, machine = FakeDriver(), a_machine()
    driver.ensure_running(machine)

    assert driver.has_settled(machine.instance_id)
    assert driver.console_log(machine.instance_id, 1000).endswith(b"login: ")
