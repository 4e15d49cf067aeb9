"""The HTTP server of one network: it knows who asks by the address that asks, never by a header.

Anti-spoofing makes that address the guest's own.
"""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog

from vmctld.host.metadata.pages import OPENSTACK_VERSIONS, PASSWORD, page

log = structlog.get_logger(__name__)

ADDRESS = ("169.254.169.254", 80)
REQUEST_TIMEOUT_S = 10.0
ANSWERERS = 4
BACKLOG = 64
MAX_PASSWORD_BYTES = 1024  # 4 times 255: what nova takes


@dataclass(frozen=True, slots=True)
class Guest:
    """The one who asks."""

    instance_id: str
    files: Mapping[str, bytes]
    password: bytes


class GuestBook(Protocol):
    """Knows the guests of one network by their addresses."""

    def guest_at(self, address: str) -> Guest | None:
        """Return who has the address, None when nobody does."""
        ...

    def keep_password(self, instance_id: str, password: bytes) -> bool:
        """Keep what the guest encrypted; False when there is one already."""
        ...


def listen() -> socket.socket:
    """Return a listening socket, in the namespace of the calling thread."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(ADDRESS)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


class MetadataServer:
    """Answers on one listening socket until it is closed."""

    def __init__(self, listener: socket.socket, book: GuestBook) -> None:
        self._listener = listener
        self._handler = _handler_for(book)
        self._answerers = ThreadPoolExecutor(ANSWERERS, thread_name_prefix="metadata")
        self._thread = threading.Thread(target=self._accept, name="metadata", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the one who accepts
        self._thread.join()
        self._listener.close()
        self._answerers.shutdown(wait=False, cancel_futures=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self._listener.accept()
            except OSError:
                return  # closed
            self._answerers.submit(self._answer, connection, peer)

    def _answer(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        with connection:
            connection.settimeout(REQUEST_TIMEOUT_S)
            try:
                self._handler(connection, peer, None)
            except OSError:
                log.debug("a guest went away", address=peer[0])
            except Exception:
                log.exception("metadata could not be answered", address=peer[0])


def _handler_for(book: GuestBook) -> Callable[[socket.socket, tuple[str, int], None], object]:
    class Handler(_Handler):
        guests = book

    return Handler  # type: ignore[return-value]  # the server in between is not ours, nor used


class _Handler(http.server.BaseHTTPRequestHandler):
    """One connection of one guest."""

    guests: GuestBook
    protocol_version = "HTTP/1.1"
    server_version = "vmctl"
    sys_version = ""
    timeout = REQUEST_TIMEOUT_S

    def do_GET(self) -> None:
        guest = self._guest()
        if guest is None:
            return
        found = page(guest.files, self._path(), guest.password)
        if found is None:
            self._say(HTTPStatus.NOT_FOUND)
        else:
            self._say(HTTPStatus.OK, found)

    def do_POST(self) -> None:
        guest = self._guest()
        if guest is None:
            return
        words = self._path().strip("/").split("/")
        if words[0] != "openstack" or words[1:2] not in [[v] for v in OPENSTACK_VERSIONS]:
            self._say(HTTPStatus.NOT_FOUND)
        elif words[2:] != [PASSWORD]:
            self._say(HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            self._take_password(guest)

    def _take_password(self, guest: Guest) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or not 0 < int(length) <= MAX_PASSWORD_BYTES:
            self.close_connection = True  # what it sends is not read
            self._say(HTTPStatus.BAD_REQUEST)
            return
        kept = self.guests.keep_password(guest.instance_id, self.rfile.read(int(length)))
        self._say(HTTPStatus.OK if kept else HTTPStatus.CONFLICT)

    def _guest(self) -> Guest | None:
        guest = self.guests.guest_at(self.client_address[0])
        if guest is None:
            self._say(HTTPStatus.NOT_FOUND)
        return guest

    def _path(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _say(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response(status)
        kind = "application/json" if self._path().endswith(".json") else "text/plain"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: what guests ask for is their own business."""
