"""A small server for browsers: pages, and the WebSockets behind them.

``websockets`` runs it with a thread a connection, like the rest of the daemon; it answers one
plain request a connection, which is all that these few pages need.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import structlog
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from vmctld.compute.api.web_consoles import PATHS, OpenedConsole
from vmctld.domain.console import ConsoleKind
from vmctld.errors import (
    Exhausted,
    Forbidden,
    NotFound,
    Unauthenticated,
    Unavailable,
    VmctlError,
    WrongState,
)
from vmctld.observe import context as request_context
from vmctld.web.address import WebAddress
from vmctld.web.bridge import Bridge
from vmctld.web.files import WebFiles
from vmctld.web.origin import is_our_own
from vmctld.web.responses import file_response, refusal

log = structlog.get_logger(__name__)

MAX_CONSOLES = 64
MAX_MESSAGE_BYTES = 64 * 1024  # of what is typed or pasted at once
OPEN_TIMEOUT_S = 5.0  # for a request to arrive
CLOSE_TIMEOUT_S = 2.0
REASON_BYTES = 123  # that a closing frame holds (RFC 6455, 5.5)
KIND_AT = {path: kind for kind, path in PATHS.items()}
CLOSED = 1000
CODES: dict[type[VmctlError], int] = {  # of our own, as HTTP would say it (RFC 6455, 7.4.2)
    Unauthenticated: 4401,
    Forbidden: 4403,
    NotFound: 4404,
    WrongState: 4409,
    Exhausted: 4429,
}
FAILED = 4500


class ConsoleDesk(Protocol):
    """Opens consoles for those who bring a pass."""

    def open(self, secret: str, kind: ConsoleKind) -> OpenedConsole:
        """Return what the pass opens; raises VmctlError."""
        ...


class WebDoor:
    """Serves from its making to ``close``."""

    def __init__(self, address: WebAddress, consoles: ConsoleDesk) -> None:
        """Listen.  Raises Unavailable when the address cannot be had."""
        self._consoles = consoles
        self._files = WebFiles()
        self._slots = threading.BoundedSemaphore(MAX_CONSOLES)
        listener = _listen(address)
        self.url = address.url(listener.getsockname()[1])
        self._server = serve(
            self._serve,
            sock=listener,
            ssl=address.tls_context(),
            compression=None,  # a screen is compressed already, and keystrokes need none
            process_request=self._answer,
            server_header=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MAX_MESSAGE_BYTES,
            logger=_quiet(),
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="web", daemon=True)
        self._thread.start()
        log.info("consoles are served to browsers", url=self.url)

    def close(self) -> None:
        """Take no more browsers and hang up on those that are here."""
        self._server.shutdown()
        self._thread.join()

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Return the answer to a plain request, or None: it is a WebSocket's and may go on."""
        path = urlsplit(request.path).path
        if request.headers.get("Upgrade", "").lower() != "websocket":
            file = self._files.find(path)
            return file_response(file) if file else _nothing_there()
        if path not in KIND_AT:
            return _nothing_there()
        headers = request.headers
        if not is_our_own(headers.get("Origin"), headers.get("Host"), self.url):
            return refusal(HTTPStatus.FORBIDDEN, "This page may not open consoles here.")
        return None

    def _serve(self, line: ServerConnection) -> None:
        """Serve one WebSocket until one end leaves; its last word says why."""
        with request_context.bind(request_id=request_context.new_request_id()):
            try:
                with self._slot():
                    code, reason = CLOSED, self._join(line)
            except VmctlError as error:
                code, reason = _code_of(error), error.message
            except ConnectionClosed:
                return
            except Exception:
                log.exception("a console broke")
                code, reason = FAILED, "Something went wrong here; the daemon's log has it."
        line.close(code, _cut(reason))

    def _join(self, line: ServerConnection) -> str:
        assert line.request is not None
        asked = urlsplit(line.request.path)
        secret = (parse_qs(asked.query).get("token") or [""])[0]
        console = self._consoles.open(secret, KIND_AT[asked.path])
        facts = {
            "kind": console.kind.value,
            "instance_id": console.instance.id,
            "user_id": console.caller.user_id,
        }
        log.info("console opened", **facts)
        began = time.monotonic()
        try:
            return Bridge(line, console).join()
        finally:
            log.info("console closed", open_s=round(time.monotonic() - began, 1), **facts)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(blocking=False):
            raise Exhausted(
                f"all {MAX_CONSOLES} consoles that this daemon serves to browsers are in use",
                code="too-many-consoles",
                hint="Close one, or try again later.",
            )
        try:
            yield
        finally:
            self._slots.release()


def _listen(address: WebAddress) -> socket.socket:
    where = (address.tcp.host, address.tcp.port)
    family = socket.AF_INET6 if ":" in address.tcp.host else socket.AF_INET
    try:
        return socket.create_server(where, family=family)
    except OSError as error:
        raise Unavailable(
            f"browsers cannot be served at {address.tcp}: {error.strerror}",
            code="address-in-use",
            hint="Set --web-listen to another port, or to off.",
            facts={"address": str(address.tcp)},
        ) from error


def _nothing_there() -> Response:
    return refusal(HTTPStatus.NOT_FOUND, "There is nothing here.")


def _code_of(error: VmctlError) -> int:
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), FAILED)


def _cut(reason: str) -> str:
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")


def _quiet() -> logging.Logger:
    """Return a logger that tells nothing: at its lower levels the library's holds whole URLs."""
    quiet = logging.getLogger("vmctld.web.websockets")
    quiet.setLevel(logging.CRITICAL)
    return quiet
