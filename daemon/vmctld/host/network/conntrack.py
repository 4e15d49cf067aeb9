"""The connections that the kernel knows in a namespace, and the end of some of them.

Spoken to the kernel itself, over netlink (linux/netfilter/nfnetlink_conntrack.h): the package
conntrack is not everywhere, and one question and one socket are enough.  Numbers of the message
itself are the machine's, those inside of a connection the network's.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

NETLINK_NETFILTER = 12
OF_CONNTRACK = 1 << 8  # NFNL_SUBSYS_CTNETLINK
GET, DELETE = OF_CONNTRACK | 1, OF_CONNTRACK | 2
REQUEST, ACK, DUMP = 0x1, 0x4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
FAMILY = struct.Struct("=BBH")  # family, version, resource
ATTRIBUTE = struct.Struct("=HH")  # length, type
TYPE_BITS = 0x3FFF  # the others say that it is nested, and its byte order
TUPLE_ORIG = 1
TUPLE_IP, TUPLE_PROTO = 1, 2
SOURCES, TARGETS = (1, 3), (2, 4)  # IPv4, IPv6
PROTO_NUM, SOURCE_PORT, TARGET_PORT = 1, 2, 3
ICMP_TYPES, ICMP_CODES = (5, 8), (6, 9)
RECEIVE_BYTES = 1 << 18
LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Flow:
    """One connection, as its first packet was: from where to where."""

    source: str
    target: str
    protocol: int
    source_port: int | None = None
    target_port: int | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None
    handle: bytes = field(default=b"", repr=False, compare=False)  # how the kernel knows it


def flows() -> list[Flow]:
    """Return the connections in the calling thread's namespace.  Raises OSError."""
    with _socket() as connection:
        connection.send(_message(GET, REQUEST | DUMP, socket.AF_UNSPEC))
        return [*_flows_in(connection)]


def cut(some_flows: Iterable[Flow]) -> int:
    """Have the kernel forget connections; return how many it still knew.  Raises OSError."""
    count = 0
    with _socket() as connection:
        for flow in some_flows:
            family = socket.AF_INET6 if ":" in flow.source else socket.AF_INET
            connection.send(_message(DELETE, REQUEST | ACK, family, flow.handle))
            count += _acknowledged(connection.recv(RECEIVE_BYTES))
    return count


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    made.bind((0, 0))
    made.settimeout(LIMIT_S)
    return made


def _message(kind: int, flags: int, family: int, payload: bytes = b"") -> bytes:
    body = FAMILY.pack(family, 0, 0) + payload
    return HEADER.pack(HEADER.size + len(body), kind, flags, 1, 0) + body


def _flows_in(connection: socket.socket) -> Iterator[Flow]:
    while True:
        for kind, body in _messages(connection.recv(RECEIVE_BYTES)):
            if kind == NLMSG_DONE:
                return
            if kind == NLMSG_ERROR:
                _raise(body)
                return
            flow = flow_from(body[FAMILY.size :])
            if flow is not None:
                yield flow


def _acknowledged(data: bytes) -> bool:
    """Return whether the kernel did it; False when there was nothing to do."""
    for kind, body in _messages(data):
        if kind == NLMSG_ERROR:
            if -struct.unpack_from("=i", body)[0] == errno.ENOENT:
                return False
            _raise(body)
    return True


def _raise(body: bytes) -> None:
    code = -struct.unpack_from("=i", body)[0]
    if code:
        raise OSError(code, os.strerror(code))


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + HEADER.size <= len(data):
        length, kind, *_ = HEADER.unpack_from(data, offset)
        yield kind, data[offset + HEADER.size : offset + length]
        offset += max(_aligned(length), HEADER.size)


def flow_from(attributes: bytes) -> Flow | None:
    """Return the connection that these attributes describe; None when it is of no address."""
    for kind, raw, value in _attributes(attributes):
        if kind == TUPLE_ORIG:
            return _flow(raw, value)
    return None


def _flow(handle: bytes, attributes: bytes) -> Flow | None:
    parts = {kind: value for kind, _, value in _attributes(attributes)}
    ip = {kind: value for kind, _, value in _attributes(parts.get(TUPLE_IP, b""))}
    proto = {kind: value for kind, _, value in _attributes(parts.get(TUPLE_PROTO, b""))}
    source, target = _first(ip, SOURCES), _first(ip, TARGETS)
    if source is None or target is None or PROTO_NUM not in proto:
        return None
    return Flow(
        source=str(ip_address(source)),
        target=str(ip_address(target)),
        protocol=proto[PROTO_NUM][0],
        source_port=_number(_first(proto, (SOURCE_PORT,))),
        target_port=_number(_first(proto, (TARGET_PORT,))),
        icmp_type=_number(_first(proto, ICMP_TYPES)),
        icmp_code=_number(_first(proto, ICMP_CODES)),
        handle=handle,
    )


def _first(values: dict[int, bytes], kinds: Iterable[int]) -> bytes | None:
    return next((values[kind] for kind in kinds if kind in values), None)


def _number(value: bytes | None) -> int | None:
    return None if value is None else int.from_bytes(value, "big")


def _attributes(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Return each attribute's type, all of it with its padding, and its value."""
    offset = 0
    while offset + ATTRIBUTE.size <= len(data):
        length, kind = ATTRIBUTE.unpack_from(data, offset)
        if length < ATTRIBUTE.size:
            return
        end = offset + _aligned(length)
        raw = data[offset:end].ljust(end - offset, b"\0")
        yield kind & TYPE_BITS, raw, data[offset + ATTRIBUTE.size : offset + length]
        offset = end


def _aligned(length: int) -> int:
    return (length + 3) & ~3
