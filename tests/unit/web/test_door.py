"""The door on a real port, with a browser that is a Python program and guests that echo."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.support.callers import a_caller
from tests.support.instances import an_instance
from tests.support.tls import make_tls
from tests.support.waiting import eventually
from vmctld.compute.api.consoles import OnEnd
from vmctld.compute.api.web_consoles import OpenedConsole
from vmctld.domain.console import ConsoleKind
from vmctld.domain.identity import Caller
from vmctld.domain.instance import Instance
from vmctld.errors import Exhausted, Unauthenticated, Unavailable, VmctlError, WrongState
from vmctld.web import door as door_module
from vmctld.web.address import WebAddress
from vmctld.web.door import WebDoor

GRACE_S = 20.0


@dataclass
class Echo:
    """A guest that greets and repeats what it is told, until it is told ``exit``."""

    kind: ConsoleKind
    instance: Instance = field(default_factory=an_instance)
    caller: Caller = field(default_factory=a_caller)
    ended: threading.Event = field(default_factory=threading.Event)

    def exchange(self, sent: Iterator[bytes], on_end: OnEnd) -> Iterator[bytes]:
        on_end(self.ended.set)
        yield b""
        yield b"hello"
        for data in sent:
            if data == b"exit":
                return
            if data == b"die":
                raise RuntimeError("a bug")
            yield data

    def check_standing(self) -> None:
        pass


class Desk:
    """Opens an echo for those who know the secret."""

    def __init__(self) -> None:
        self.opened: list[Echo] = []
        self.refusal: VmctlError | None = None

    def open(self, secret: str, kind: ConsoleKind) -> OpenedConsole:
        if secret != "secret":
            raise Unauthenticated("This URL opens no console any more.")
        if self.refusal is not None:
            raise self.refusal
        self.opened.append(Echo(kind))
        return cast(OpenedConsole, self.opened[-1])


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def door(desk: Desk) -> Iterator[WebDoor]:
    door = WebDoor(WebAddress.of("127.0.0.1:0", None, None, None, "here"), desk)
    yield door
    door.close()


def _line(door: WebDoor, path: str, **more: Any) -> ClientConnection:
    url = door.url.replace("http", "ws", 1) + path
    return connect(url, proxy=None, compression=None, open_timeout=GRACE_S, **more)


def _get(door: WebDoor, path: str, method: str = "GET") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(door.url.removeprefix("http://"), timeout=GRACE_S)
    connection.request(method, path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def _last_words(line: ClientConnection) -> tuple[int, str]:
    """Return the code and the reason with which the other end closes."""
    with contextlib.suppress(ConnectionClosed):
        for _ in line:
            pass  # said before the end
    assert line.close_code is not None
    return line.close_code, line.close_reason or ""


@pytest.mark.parametrize(
    ("path", "kind"), [("/vnc", ConsoleKind.NOVNC), ("/serial", ConsoleKind.SERIAL)]
)
def test_one_url_is_a_page_and_the_line_behind_it(
    door: WebDoor, desk: Desk, path: str, kind: ConsoleKind
) -> None:
    page = _get(door, f"{path}?token=secret")

    with _line(door, f"{path}?token=secret") as line:
        line.send(b"\x00ls")
        said = [line.recv(timeout=GRACE_S) for _ in range(2)]

    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert said == [b"hello", b"\x00ls"]
    assert desk.opened[0].kind is kind
    assert desk.opened[0].ended.wait(GRACE_S)


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?other=secret"])
def test_without_its_secret_a_line_is_closed_and_told_why(door: WebDoor, query: str) -> None:
    with _line(door, f"/vnc{query}") as line:
        assert _last_words(line) == (4401, "This URL opens no console any more.")


def test_what_the_guests_end_says_of_itself_reaches_the_browser(door: WebDoor, desk: Desk) -> None:
    for refusal, code in ((WrongState("é" * 200), 4409), (Unavailable("gone"), 4500)):
        desk.refusal = refusal
        with _line(door, "/serial?token=secret") as line:
            found, reason = _last_words(line)
        assert found == code
        assert reason == refusal.message[: len(reason)] != ""


def test_a_guest_that_hangs_up_closes_the_line(door: WebDoor) -> None:
    with _line(door, "/serial?token=secret") as line:
        line.send(b"exit")
        assert _last_words(line) == (1000, "The guest's end was closed.")


def test_a_page_of_others_may_open_nothing(door: WebDoor, desk: Desk) -> None:
    with pytest.raises(InvalidStatus) as refused:
        _line(door, "/vnc?token=secret", origin="https://evil.example.org")

    assert refused.value.response.status_code == 403
    assert desk.opened == []


def test_our_own_page_may(door: WebDoor) -> None:
    with _line(door, "/vnc?token=secret", origin=door.url) as line:
        assert line.recv(timeout=GRACE_S) == b"hello"


@pytest.mark.parametrize("path", ["/", "/nothing", "/vnc/", "/page/../../door.py"])
def test_there_is_nothing_else(door: WebDoor, path: str) -> None:
    assert _get(door, path).status == 404
    with pytest.raises(InvalidStatus) as refused:
        _line(door, path)
    assert refused.value.response.status_code == 404


def test_more_consoles_than_there_is_room_for_are_told_so(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    monkeypatch.setattr(door_module, "MAX_CONSOLES", 1)
    door = WebDoor(WebAddress.of("127.0.0.1:0", None, None, None, "here"), desk)
    try:
        with _line(door, "/vnc?token=secret") as first:
            first.recv(timeout=GRACE_S)
            with _line(door, "/vnc?token=secret") as second:
                code, _ = _last_words(second)
        assert code == 4429
        assert eventually(lambda: _opens(door))
    finally:
        door.close()


def _opens(door: WebDoor) -> bool:
    with _line(door, "/vnc?token=secret") as line:
        try:
            return line.recv(timeout=GRACE_S) == b"hello"
        except ConnectionClosed:
            return False


def test_a_full_house_has_a_code_of_its_own(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    monkeypatch.setattr(door_module, "MAX_CONSOLES", 0)
    door = WebDoor(WebAddress.of("127.0.0.1:0", None, None, None, "here"), desk)
    try:
        with pytest.raises(Exhausted) as refusal, door._slot():
            pass
    finally:
        door.close()

    assert refusal.value.code == "too-many-consoles"


def test_a_bug_behind_a_line_is_logged_and_closes_it(door: WebDoor) -> None:
    with _line(door, "/serial?token=secret") as line:
        line.send(b"die")
        code, reason = _last_words(line)

    assert code == 4500
    assert "bug" not in reason


def test_a_message_beyond_all_measure_ends_the_line(door: WebDoor, desk: Desk) -> None:
    with _line(door, "/serial?token=secret") as line:
        line.send(b"x" * (door_module.MAX_MESSAGE_BYTES + 1))
        code, _ = _last_words(line)

    assert code == 1009
    assert desk.opened[0].ended.wait(GRACE_S)


def test_a_door_that_closes_hangs_up(desk: Desk) -> None:
    door = WebDoor(WebAddress.of("127.0.0.1:0", None, None, None, "here"), desk)
    with _line(door, "/serial?token=secret") as line:
        line.recv(timeout=GRACE_S)
        door.close()
        code, _ = _last_words(line)

    assert code == 1001
    assert desk.opened[0].ended.is_set()


def test_an_address_that_is_taken_is_said_to_be(door: WebDoor, desk: Desk) -> None:
    taken = door.url.removeprefix("http://")

    with pytest.raises(Unavailable) as refusal:
        WebDoor(WebAddress.of(taken, None, None, None, "here"), desk)

    assert refusal.value.code == "address-in-use"


def test_with_a_certificate_browsers_come_over_tls(desk: Desk, tmp_path: Path) -> None:
    tls = make_tls(tmp_path)
    address = WebAddress.of("127.0.0.1:0", tls.certificate, tls.key, None, "here")
    door = WebDoor(address, desk)
    context = ssl.create_default_context(cafile=tls.authority)
    try:
        with _line(
            door, "/vnc?token=secret", ssl=context, server_hostname="localhost", origin=door.url
        ) as line:
            assert line.recv(timeout=GRACE_S) == b"hello"
    finally:
        door.close()

    assert door.url.startswith("https://127.0.0.1:")
