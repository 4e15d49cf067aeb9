"""The server: who asks is known by address, and a password is taken once."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator

import pytest

from vmctld.host.metadata.server import Guest, MetadataServer

FILES = {"openstack/latest/meta_data.json": b'{"uuid": "1"}'}


class OneGuest:
    """A book with the guest at 127.0.0.1 alone."""

    def __init__(self) -> None:
        self.password = b""

    def guest_at(self, address: str) -> Guest | None:
        return Guest("i-1", FILES, self.password) if address == "127.0.0.1" else None

    def keep_password(self, instance_id: str, password: bytes) -> bool:
        if self.password:
            return False
        self.password = password
        return True


@pytest.fixture
def port() -> Iterator[int]:
    listener = socket.create_server(("", 0))
    number: int = listener.getsockname()[1]
    server = MetadataServer(listener, OneGuest())
    yield number
    server.close()


def ask(
    port: int,
    path: str,
    method: str = "GET",
    body: bytes | None = None,
    source: str = "127.0.0.1",
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    """Return the status and the body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, 10, (source, 0))
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_guest_reads_its_documents(port: int) -> None:
    assert ask(port, "/openstack/latest/meta_data.json") == (200, b'{"uuid": "1"}')
    assert ask(port, "/nothing") == (404, b"")


def test_no_header_makes_another_guest_of_a_stranger(port: int) -> None:
    forged = {"X-Forwarded-For": "127.0.0.1", "X-Instance-ID": "i-1"}

    status, body = ask(port, "/openstack/latest/meta_data.json", source="127.0.0.2", headers=forged)

    assert (status, body) == (404, b"")


def test_a_password_is_taken_once_and_read_again(port: int) -> None:
    path = "/openstack/latest/password"

    assert ask(port, path, "POST", b"sealed")[0] == 200
    assert ask(port, path, "POST", b"other")[0] == 409
    assert ask(port, path) == (200, b"sealed")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("/openstack/latest/password", b"x" * 2000, 400, id="too long"),
        pytest.param("/openstack/latest/password", b"", 400, id="empty"),
        pytest.param("/openstack/latest/meta_data.json", b"x", 405, id="not to be written"),
        pytest.param("/latest/password", b"x", 404, id="no such place"),
    ],
)
def test_what_may_not_be_posted_is_refused(port: int, path: str, body: bytes, status: int) -> None:
    assert ask(port, path, "POST", body)[0] == status


def test_a_guest_that_says_nothing_keeps_no_other_waiting(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)):
        assert ask(port, "/openstack/latest/meta_data.json")[0] == 200
