"""Ways to a guest's TCP ports."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest

from tests.support.machines import a_machine, a_port
from vmctld.domain.network import PortWiring
from vmctld.drivers.qemu.guest_ports import connect_to_guest
from vmctld.drivers.qemu.record import MachineRecord, intent
from vmctld.errors import NotSupported, Unavailable, WrongState


class Bridge:
    """Cables whose guests all live at one address of this machine."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address

    def connect(self, port: PortWiring, tcp_port: int, timeout_s: float) -> socket.socket:
        return socket.create_connection(self._address, timeout_s)


def a_record(kind: str | None, ssh_port: int | None = None) -> MachineRecord:
    """Return the record of a machine with one port of a kind, or with none."""
    ports = () if kind is None else (replace(a_port(), kind=kind),)
    machine = replace(a_machine(), ports=ports)
    return replace(intent(machine, guest_uid=None, accelerator="tcg"), ssh_port=ssh_port)


def test_ssh_of_a_user_mode_guest_is_reached_by_its_forward() -> None:
    with socket.create_server(("127.0.0.1", 0)) as guest:
        forward: int = guest.getsockname()[1]
        with connect_to_guest(a_record("user", forward), 22, None) as connection:
            assert connection.getpeername()[1] == forward


def test_no_other_port_of_a_user_mode_guest_is_within_reach() -> None:
    with pytest.raises(NotSupported) as refused:
        connect_to_guest(a_record("user", 40000), 80, None)

    assert refused.value.code == "port-not-forwarded"


def test_any_port_of_a_bridged_guest_is_reached_in_its_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as guest:
        cables: Any = Bridge(guest.getsockname()[:2])
        connect_to_guest(a_record("bridge"), 8080, cables).close()


def test_a_port_that_does_not_answer_is_named() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        cables: Any = Bridge(nobody.getsockname()[:2])
        with pytest.raises(Unavailable, match="port 8080 of the server") as refused:
            connect_to_guest(a_record("bridge"), 8080, cables)

    assert refused.value.code == "guest-port-closed"


def test_a_machine_without_a_card_has_no_way_in() -> None:
    with pytest.raises(WrongState) as refused:
        connect_to_guest(a_record(None), 22, None)

    assert refused.value.code == "no-network"
