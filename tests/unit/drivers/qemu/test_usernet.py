from __future__ import annotations

import json
import socket
import subprocess
from dataclasses import replace

import pytest

from tests.support.machines import a_port
from vmctld.drivers.qemu.usernet import free_port, is_free, netdev_of
from vmctld.errors import NotSupported


def test_the_guest_gets_exactly_its_address_from_a_closed_network() -> None:
    port = a_port("10.20.0.57", "10.20.0.0/24", "10.20.0.1", port_id="p")

    assert netdev_of(port, ssh_port=40022) == {
        "type": "user",
        "id": "net-p",
        "ipv6": False,
        "restrict": True,
        "net": "10.20.0.0/24",
        "host": "10.20.0.1",
        "dhcpstart": "10.20.0.57",
        "dns": "10.20.0.0",
        "hostfwd": [{"str": "tcp:127.0.0.1:40022-10.20.0.57:22"}],
    }


def test_without_a_gateway_qemu_takes_an_address_that_the_guest_has_not() -> None:
    assert netdev_of(a_port("10.0.0.1", "10.0.0.0/24", gateway=None), None)["host"] == "10.0.0.2"
    assert netdev_of(a_port("10.0.0.2", "10.0.0.0/24", gateway=None), None)["host"] == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "cidr", "gateway"),
    [
        ("10.0.0.2", "10.0.0.0/30", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.0/30", None),
        ("10.255.255.254", "10.0.0.0/8", "10.0.0.1"),
        ("100.64.0.9", "96.0.0.0/4", None),
    ],
)
def test_qemu_takes_every_network_that_is_served(
    address: str, cidr: str, gateway: str | None
) -> None:
    netdev = json.dumps(netdev_of(a_port(address, cidr, gateway), ssh_port=None))
    command = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-machine", "none"]
    command += ["-netdev", netdev, "-monitor", "stdio"]

    done = subprocess.run(command, input=b"quit\n", capture_output=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("cidr", ["10.0.0.0/31", "10.0.0.1/32", "0.0.0.0/0"])
def test_a_network_of_another_size_is_refused(cidr: str) -> None:
    with pytest.raises(NotSupported) as refusal:
        netdev_of(a_port("10.0.0.1", cidr, gateway=None), None)

    assert refusal.value.code == "subnet-size-not-supported"


def test_a_port_of_another_kind_is_refused() -> None:
    with pytest.raises(NotSupported) as refusal:
        netdev_of(replace(a_port(), kind="bridge"), None)

    assert refusal.value.code == "port-kind-not-supported"


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    port = free_port()

    with socket.create_server(("127.0.0.1", port)):
        taken = is_free(port)

    assert not taken
    assert is_free(port)
