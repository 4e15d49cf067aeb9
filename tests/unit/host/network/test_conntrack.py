"""Connections as the kernel describes them; that it cuts them is shown in tests/integration."""

from __future__ import annotations

import socket
import struct

import pytest

from vmctld.host.network import conntrack
from vmctld.host.network.conntrack import Flow, flow_from


def attribute(kind: int, value: bytes) -> bytes:
    """Return an attribute, padded."""
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def described(source: str, target: str, *proto: tuple[int, bytes]) -> bytes:
    """Return a connection's first direction, among other attributes."""
    family, kinds = (socket.AF_INET6, (3, 4)) if ":" in source else (socket.AF_INET, (1, 2))
    ends = zip(kinds, (source, target), strict=True)
    addresses = b"".join(attribute(kind, socket.inet_pton(family, end)) for kind, end in ends)
    parts = attribute(0x8001, addresses)
    parts += attribute(0x8002, b"".join(attribute(kind, value) for kind, value in proto))
    return attribute(3, bytes(4)) + attribute(0x8001, parts) + attribute(0x8002, b"")


@pytest.mark.parametrize(
    ("attributes", "flow"),
    [
        (
            described("10.0.0.1", "10.0.0.2", (1, b"\x06"), (2, b"\x9c\x40"), (3, b"\x00\x16")),
            Flow("10.0.0.1", "10.0.0.2", 6, 40000, 22),
        ),
        (
            described("10.0.0.1", "10.0.0.2", (1, b"\x01"), (4, b"\0\7"), (5, b"\x08"), (6, b"\0")),
            Flow("10.0.0.1", "10.0.0.2", 1, None, None, 8, 0),
        ),
        (
            described("fd00::1", "fd00::2", (1, b"\x3a"), (8, b"\x80"), (9, b"\0")),
            Flow("fd00::1", "fd00::2", 58, None, None, 128, 0),
        ),
    ],
)
def test_a_connection_is_read(attributes: bytes, flow: Flow) -> None:
    assert flow_from(attributes) == flow


def test_what_is_no_connection_of_addresses_is_none() -> None:
    assert flow_from(attribute(3, bytes(4))) is None
    assert flow_from(attribute(0x8001, attribute(0x8001, b""))) is None
    assert flow_from(b"\0\0\0\0") is None


def test_the_way_the_kernel_knows_it_is_kept_as_it_came() -> None:
    attributes = described("10.0.0.1", "10.0.0.2", (1, b"\x06"), (2, b"\0\1"), (3, b"\0\2"))

    found = flow_from(attributes)

    assert found is not None
    assert found.handle in attributes
    assert conntrack.flow_from(found.handle) == found
