"""Unix sockets in a machine's directory, whatever the length of its path.

A socket's address holds 107 bytes, less than a state directory and two UUIDs can take.  Through
``/proc/self/fd/<directory>/<name>`` any directory is within reach.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

PENDING = 1  # one client at a time; the next one waits in the queue


def listen_at(path: Path) -> socket.socket:
    """Return a listening socket at ``path``, open to the owner alone.

    QEMU gets it as a descriptor, so a client may connect before QEMU is up, and QEMU needs no
    access to the directory.  A socket that an earlier QEMU left is replaced.
    """
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short_address(path) as address:
            listener.bind(address)
        path.chmod(0o600)
        listener.listen(PENDING)
    except BaseException:
        listener.close()
        raise
    return listener


def connect_to(path: Path, timeout_s: float) -> socket.socket:
    """Return a connection to the socket at ``path``; raises OSError where nobody listens."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        with _short_address(path) as address:
            connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _short_address(path: Path) -> Iterator[str]:
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
