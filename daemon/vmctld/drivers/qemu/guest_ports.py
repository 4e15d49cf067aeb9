"""Connections to a guest's TCP ports: through QEMU's forward, or inside of its network."""

from __future__ import annotations

import socket

from vmctld.drivers.base import Cables
from vmctld.drivers.qemu import usernet
from vmctld.drivers.qemu.record import MachineRecord
from vmctld.errors import NotSupported, Unavailable, WrongState

CONNECT_TIMEOUT_S = 10.0


def connect_to_guest(record: MachineRecord, port: int, cables: Cables | None) -> socket.socket:
    """Return a connection to a TCP port of the machine's first card.

    Raises WrongState (``no-network``), NotSupported, Unavailable (``guest-port-closed``).
    """
    if not record.machine.ports:
        raise WrongState("The server has no network card.", code="no-network")
    wiring = record.machine.ports[0]
    try:
        if wiring.kind != usernet.KIND and cables is not None:
            return cables.connect(wiring, port, CONNECT_TIMEOUT_S)
        return socket.create_connection(("127.0.0.1", _forward(record, port)), CONNECT_TIMEOUT_S)
    except OSError as error:
        raise Unavailable(
            f"port {port} of the server does not answer: {error.strerror or error}",
            code="guest-port-closed",
            hint="it may be booting still, or its security groups let nobody in",
            facts={"instance_id": record.instance_id, "port": port},
        ) from error


def _forward(record: MachineRecord, port: int) -> int:
    if port != usernet.GUEST_SSH_PORT or record.ssh_port is None:
        raise NotSupported(
            f"port {port} of the guest is not forwarded with user networking, port 22 is",
            code="port-not-forwarded",
        )
    return record.ssh_port
