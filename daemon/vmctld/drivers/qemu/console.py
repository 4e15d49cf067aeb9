"""The serial port: its log, and the socket on which one person at a time may type."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

from vmctld.drivers.qemu.sockets import connect_to
from vmctld.errors import Unavailable

CONNECT_TIMEOUT_S = 5.0
CHUNK_BYTES = 16 * 1024

# A guest may write for ever; the host's disk is not for that.
LOG_LIMIT_BYTES = 8 * 1024 * 1024
LOG_KEPT_BYTES = 1024 * 1024


def open_serial(socket_path: Path) -> SocketStream:
    """Return the open serial port at a socket.  Raises Unavailable when nothing listens."""
    try:
        return SocketStream(connect_to(socket_path, CONNECT_TIMEOUT_S))
    except OSError as error:
        raise Unavailable(
            "The machine's console cannot be reached.", code="console-unreachable"
        ) from error


class SocketStream:
    """A byte stream to a guest, over a connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read(self, timeout_s: float) -> bytes | None:
        """Return what came, b"" at the end, None when nothing came in time."""
        try:
            self._connection.settimeout(max(timeout_s, 0.001))  # 0 would mean: do not block
            return self._connection.recv(CHUNK_BYTES)
        except TimeoutError:
            return None
        except OSError:  # QEMU died, or close() was called meanwhile
            return b""

    def write(self, data: bytes) -> None:
        """Send ``data`` to the guest.  Raises Unavailable when the machine has ended."""
        try:
            self._connection.settimeout(CONNECT_TIMEOUT_S)
            self._connection.sendall(data)
        except OSError as error:
            raise Unavailable("The guest's end was closed.", code="console-ended") from error

    def close(self) -> None:
        """Hang up; a waiting reader gets b""."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()


def read_tail(path: Path, max_bytes: int) -> bytes:
    """Return the last ``max_bytes`` of the file, b"" when there is none."""
    if max_bytes <= 0:
        return b""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - max_bytes))
            return file.read(max_bytes)
    except FileNotFoundError:
        return b""


def trim_log(path: Path) -> None:
    """Cut the oldest off a log that has grown past its limit; no log is fine.

    QEMU goes on appending meanwhile; what it writes during the cut, microseconds, is lost.
    """
    with contextlib.suppress(FileNotFoundError):  # its machine is being deleted
        if path.stat().st_size <= LOG_LIMIT_BYTES:
            return
        kept = read_tail(path, LOG_KEPT_BYTES)
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)  # never makes it anew
        with os.fdopen(fd, "ab") as file:
            file.truncate(0)
            file.write(kept)
