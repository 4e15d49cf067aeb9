"""Ports of nobody, and ports that somebody still needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.living import HOST, INSTANCE, PORT, put
from vmctld.domain.machine import Machine
from vmctld.operations.audit.checks.ports import instances_without_ports, stray_ports
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import ports
from vmctld.storage.tables.network import PortRow

GONE = "99999999-9999-4999-8999-999999999999"
Look = Callable[..., list[Suspect]]


def a_port(installation: Installation, **values: Any) -> None:
    with installation.database.write() as tx:
        mac = "fa:16:3e:00:00:99"
        put(tx, PortRow, id="p2", network_id="net", project_id="demo", mac=mac, **values)


def test_a_port_that_a_user_made_is_unbound_and_stays(
    installation: Installation, look: Look, mend: Callable[[Suspect], None]
) -> None:
    a_port(installation, device_id=GONE, made_for_device=False, status="ACTIVE")

    (suspect,) = look(stray_ports)
    mend(suspect)

    with installation.database.read() as tx:
        port = ports.get_port(tx, "p2")
    assert port is not None
    assert port.device_id is None


def test_a_port_that_nobody_is_bound_to_is_no_leak(installation: Installation, look: Look) -> None:
    a_port(installation, status="DOWN")

    assert look(stray_ports) == []


def test_an_address_is_not_free_while_the_machine_runs_that_has_it(
    installation: Installation, look: Look
) -> None:
    a_port(installation, device_id=GONE, made_for_device=True, status="ACTIVE")
    machine = Machine(GONE, 1, 1, 128, root=None, volumes=(), ports=(), config_drive=None)
    installation.drivers[HOST].ensure_running(machine)

    (suspect,) = look(stray_ports)

    assert not suspect.can_be_mended


def test_ports_of_a_build_that_has_just_failed_are_given_time_to_go(
    installation: Installation, look: Look, change_instance: Any
) -> None:
    change_instance(vm_state="error", host=None, updated_at=installation.clock())

    assert look(stray_ports) == []


def test_ports_that_a_failed_build_left_are_found(look: Look, change_instance: Any) -> None:
    change_instance(vm_state="error", host=None)

    assert [suspect.subject for suspect in look(stray_ports)] == [PORT]


def test_ports_of_a_failed_instance_that_is_still_on_its_host_stay(
    look: Look, change_instance: Any
) -> None:
    change_instance(vm_state="error")

    assert look(stray_ports) == []


def test_a_running_instance_whose_port_is_bound_to_another_one_is_found(
    installation: Installation, look: Look
) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("UPDATE ports SET device_id = 'somebody'")

    (suspect,) = look(instances_without_ports)

    assert suspect.detail == f"the port of instance {INSTANCE} belongs to somebody else"
