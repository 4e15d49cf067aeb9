"""A real guest on the QEMU driver: one boot, and all that only a guest can show."""

from __future__ import annotations

import http.server
import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.machines import a_machine, a_port, a_root_disk, a_volume
from tests.support.waiting import eventually
from vmctld.domain.machine import ConfigDrive, Machine, MachineStatus, PowerState
from vmctld.drivers.base import ConsoleStream
from vmctld.drivers.qemu import QemuDriver

TINY = Path(__file__).resolve().parents[2] / "build" / "tiny.qcow2"
ADDRESS = "10.20.0.57"
GATEWAY = "10.20.0.1"  # where a guest finds 127.0.0.1 of its host, if it is not cut off
BOOT_TIMEOUT_S = 120

# As root in the guest, so that the guest's own routes are not what keeps it in.
USER_DATA = """#!/bin/sh
ip -4 -o addr show scope global
ip route replace default via {gateway}
for url in http://{gateway}:{service_port}/ http://169.254.169.254/ http://10.20.0.0:53/; do
    timeout 3 wget -q -O /dev/null $url && echo "reached $url" || echo "cut off from $url"
done
echo "volume $(cat /sys/block/vdb/serial)"
echo "written by the guest" | dd of=/dev/vdb conv=notrunc 2>/dev/null
sync
"""


@dataclass(frozen=True)
class Guest:
    """The guest that all tests here share."""

    driver: QemuDriver
    machine: Machine
    status: MachineStatus

    def log(self) -> str:
        """Return what it has said so far."""
        log = self.driver.console_log(self.machine.instance_id, 100_000)
        return log.decode(errors="replace").replace("\r", "")

    def says(self, words: str) -> bool:
        """Wait until it has said ``words``."""
        return eventually(lambda: words in self.log(), BOOT_TIMEOUT_S)


@pytest.fixture(scope="module")
def service_port() -> Iterator[int]:
    """A service on the host's 127.0.0.1 that no guest should see."""
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory, service_port: int) -> Iterator[Guest]:
    assert TINY.exists(), "make guest builds the image that this test boots"
    directory = tmp_path_factory.mktemp("guest")
    volume = directory / "volume"
    volume.touch()
    os.truncate(volume, 1024 * 1024)
    meta_data = {"uuid": "5c6f3c4e-0000-4000-8000-000000000001", "hostname": "web-1"}
    user_data = USER_DATA.format(gateway=GATEWAY, service_port=service_port)
    machine = a_machine(
        a_root_disk(TINY),
        ram_mib=96,
        volumes=(a_volume(volume),),
        ports=(a_port(ADDRESS, gateway=GATEWAY),),
        config_drive=ConfigDrive(
            (
                ("openstack/latest/meta_data.json", json.dumps(meta_data).encode()),
                ("openstack/latest/user_data", user_data.encode()),
            )
        ),
    )
    driver = QemuDriver(directory / "state", accelerator="tcg")
    try:
        yield Guest(driver, machine, driver.ensure_running(machine))
    finally:
        driver.destroy(machine.instance_id)
        driver.close()


def read_until(console: ConsoleStream, words: bytes) -> bytes:
    """Read until ``words`` came."""
    came = b""

    def seen() -> bool:
        nonlocal came
        came += console.read(1.0) or b""
        return words in came

    assert eventually(seen, BOOT_TIMEOUT_S), came
    return came


def test_a_guest_boots_to_its_login_prompt(guest: Guest) -> None:
    assert guest.says("web-1 login:")


def test_a_guest_reads_its_config_drive(guest: Guest) -> None:
    assert guest.says("config drive on /dev/vdc")
    assert guest.says("user data ended with status 0")


def test_a_guest_has_exactly_the_allocated_address(guest: Guest) -> None:
    assert guest.says("user data ended")
    assert f"eth0 has {ADDRESS}, by DHCP" in guest.log()
    assert f"inet {ADDRESS}/24" in guest.log()


def test_a_guest_reaches_neither_its_host_nor_the_hosts_metadata(
    guest: Guest, service_port: int
) -> None:
    assert guest.says("user data ended")
    assert "reached" not in guest.log()
    assert f"cut off from http://{GATEWAY}:{service_port}/" in guest.log()
    assert "cut off from http://169.254.169.254/" in guest.log()


def test_a_guest_sees_a_volume_by_its_id_and_writes_to_it(guest: Guest) -> None:
    (volume,) = guest.machine.volumes

    assert guest.says("user data ended")
    assert f"volume {volume.serial}" in guest.log()
    assert eventually(lambda: volume.path.read_bytes().startswith(b"written by the guest"))


def test_ssh_reaches_the_guest_through_the_hosts_port(guest: Guest) -> None:
    assert guest.says("ssh is up")
    assert guest.status.ssh_port is not None

    with socket.create_connection(("127.0.0.1", guest.status.ssh_port), timeout=30) as ssh:
        banner = ssh.recv(100)

    assert banner.startswith(b"SSH-2.0-")


def test_an_idle_guest_has_settled(guest: Guest) -> None:
    assert guest.says("started")
    assert eventually(lambda: guest.driver.has_settled(guest.machine.instance_id), BOOT_TIMEOUT_S)


def test_a_person_can_log_in_on_the_console(guest: Guest) -> None:
    assert guest.says("started")

    with guest.driver.open_console(guest.machine.instance_id) as console:
        console.write(b"\n")
        read_until(console, b"login: ")
        console.write(b"tiny\n")
        read_until(console, b"Password: ")
        console.write(b"tiny\n")
        read_until(console, b"$ ")
        console.write(b"echo $((6 * 7))\n")
        read_until(console, b"42")
        console.write(b"exit\n")
        read_until(console, b"login: ")


def test_the_console_is_there_for_the_next_daemon(guest: Guest) -> None:
    with guest.driver.open_console(guest.machine.instance_id) as console:
        console.write(b"\n")
        read_until(console, b"login: ")


def test_a_guest_is_powered_off_by_its_button(guest: Guest) -> None:
    assert guest.says("started")

    guest.driver.stop(guest.machine.instance_id, timeout_s=60)

    assert "tiny: going down" in guest.log()
    status = guest.driver.status(guest.machine.instance_id)
    assert status is not None
    assert status.power is PowerState.SHUTDOWN
