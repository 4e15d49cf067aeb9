"""Cards that come and go while a real QEMU runs; its guest, who has no system, holds on to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.machines import a_machine, a_port, a_root_disk
from vmctld.domain.machine import Machine
from vmctld.drivers.qemu import QemuDriver, card_plug
from vmctld.drivers.qemu.card_plug import PERIPHERALS
from vmctld.errors import NotFound, TimedOut


@pytest.fixture
def machine(base_image: Path) -> Machine:
    return a_machine(a_root_disk(base_image), ports=(a_port(),))


def _cards(driver: QemuDriver, machine: Machine) -> list[str]:
    with driver._monitors.talk(machine.instance_id) as monitor:
        answer = monitor.execute("qom-list", path=PERIPHERALS)
    assert isinstance(answer, list)
    return sorted(row["name"] for row in answer if row["name"].startswith("port-"))


def test_a_running_machine_gets_a_card_once_and_has_it_when_it_starts_anew(
    driver: QemuDriver, machine: Machine
) -> None:
    driver.ensure_running(machine)
    ports = (*machine.ports, a_port("10.30.0.9", "10.30.0.0/24", "10.30.0.1"))

    driver.plug_ports(machine.instance_id, ports, None)
    driver.plug_ports(machine.instance_id, ports, None)

    both = sorted(f"port-{port.port_id}" for port in ports)
    assert _cards(driver, machine) == both
    driver.stop(machine.instance_id, 0.0)
    driver.start(machine.instance_id)
    assert _cards(driver, machine) == both


def test_a_machine_that_is_off_loses_a_card_at_once(driver: QemuDriver, machine: Machine) -> None:
    driver.ensure_running(machine)
    driver.stop(machine.instance_id, 0.0)

    driver.unplug_port(machine.instance_id, machine.ports[0].port_id)
    driver.unplug_port(machine.instance_id, machine.ports[0].port_id)

    driver.start(machine.instance_id)
    assert _cards(driver, machine) == []
    driver.plug_ports(machine.instance_id, machine.ports, None)
    assert _cards(driver, machine) == [f"port-{machine.ports[0].port_id}"]


def test_a_guest_that_keeps_its_card_is_told_of(
    driver: QemuDriver, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_plug, "LET_GO_S", 0.1)
    driver.ensure_running(machine)

    with pytest.raises(TimedOut) as refused:
        driver.unplug_port(machine.instance_id, machine.ports[0].port_id)

    assert refused.value.code == "guest-keeps-card"
    assert driver._inventory.get(machine.instance_id).machine.ports != ()  # type: ignore[union-attr]


def test_a_machine_that_is_not_here_has_no_cards(driver: QemuDriver, machine: Machine) -> None:
    with pytest.raises(NotFound):
        driver.plug_ports(machine.instance_id, machine.ports, None)
    with pytest.raises(NotFound):
        driver.unplug_port(machine.instance_id, machine.ports[0].port_id)
