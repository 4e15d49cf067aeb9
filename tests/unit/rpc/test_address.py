"""Where a server listens, and what stands in its way."""

import os
import socket
import stat
from pathlib import Path

import pytest

from tests.support.certificates import a_certificate
from vmctld.errors import InvalidRequest, Unavailable
from vmctld.rpc import address as module
from vmctld.rpc.address import (
    TcpAddress,
    TlsFiles,
    UnixAddress,
    check_tls,
    open_socket,
    parse_address,
    prepare_socket,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:///run/a.sock", UnixAddress(Path("/run/a.sock"))),
        ("unix:/run/a.sock", UnixAddress(Path("/run/a.sock"))),
        ("localhost:9696", TcpAddress("localhost", 9696)),
        ("[::1]:0", TcpAddress("::1", 0)),
    ],
)
def test_an_address_is_a_socket_or_a_port(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (UnixAddress(Path("/run/a.sock")), "unix:///run/a.sock"),
        (TcpAddress("localhost", 9696), "localhost:9696"),
        (TcpAddress("::1", 0), "[::1]:0"),
    ],
)
def test_an_address_can_be_written_as_grpc_takes_it(address, text):
    assert str(address) == text


@pytest.mark.parametrize(
    "text", ["", "9696", ":9696", "host:", "host:port", "host:70000", "http://host:80", "unix:a"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InvalidRequest) as refused:
        parse_address(text)

    assert refused.value.code == "invalid-address"


def test_a_path_that_no_socket_can_have_is_refused_with_its_length():
    parse_address("unix:///" + "x" * 106)

    with pytest.raises(InvalidRequest, match="has 108 bytes; at most 107") as refused:
        parse_address("unix:///" + "x" * 107)

    assert refused.value.code == "socket-path-too-long"


def a_listener(path):
    """Return a socket that listens on ``path``."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(0)
    return listener


def test_the_directory_of_a_socket_is_made_for_its_owner_alone(tmp_path):
    path = tmp_path / "state" / "s.sock"

    prepare_socket(UnixAddress(path))

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_socket_that_nobody_answers_on_is_taken_away(tmp_path):
    path = tmp_path / "s.sock"
    a_listener(path).close()

    prepare_socket(UnixAddress(path))

    assert not path.exists()


def test_a_socket_that_somebody_answers_on_is_left_alone(tmp_path):
    path = tmp_path / "s.sock"
    with a_listener(path), pytest.raises(Unavailable) as refused:
        prepare_socket(UnixAddress(path))

    assert refused.value.code == "address-in-use"
    assert path.exists()


def test_somebody_too_busy_to_answer_is_there_all_the_same(tmp_path):
    path = tmp_path / "s.sock"
    with a_listener(path):
        waiting = []
        # The kernel lets a caller wait once the listener's queue is full
        for _ in range(3):
            client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            client.setblocking(False)
            client.connect_ex(str(path))
            waiting.append(client)

        with pytest.raises(Unavailable) as refused:
            prepare_socket(UnixAddress(path))

        assert refused.value.code == "address-in-use"
        for client in waiting:
            client.close()


def test_a_file_in_the_place_of_a_socket_is_left_alone(tmp_path):
    path = tmp_path / "s.sock"
    path.write_text("precious")

    with pytest.raises(InvalidRequest, match="is not a socket"):
        prepare_socket(UnixAddress(path))

    assert path.read_text() == "precious"


def test_a_place_where_nothing_can_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(Unavailable) as refused:
        prepare_socket(UnixAddress(tmp_path / "file" / "s.sock"))

    assert refused.value.code == "address-unusable"


def test_a_socket_is_for_its_owner(tmp_path):
    path = tmp_path / "s.sock"
    with a_listener(path):
        open_socket(UnixAddress(path))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(("uid", "mode"), [(0, 0o666), (1000, 0o600)])
def test_only_roots_own_socket_is_for_everybody(tmp_path, monkeypatch, uid, mode):
    path = tmp_path / "run" / "s.sock"
    monkeypatch.setattr(module, "ROOT_SOCKET", path)
    monkeypatch.setattr(os, "geteuid", lambda: uid)

    prepare_socket(UnixAddress(path))
    with a_listener(path):
        open_socket(UnixAddress(path))

    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert stat.S_IMODE(path.parent.stat().st_mode) == (0o755 if mode == 0o666 else 0o700)


def test_a_certificate_with_its_key_is_accepted(tmp_path):
    cert, key = a_certificate(tmp_path)

    check_tls(TlsFiles(cert, key, cert))


def test_a_certificate_with_another_key_is_refused(tmp_path):
    cert, _ = a_certificate(tmp_path, "one")
    _, key = a_certificate(tmp_path, "other")

    with pytest.raises(InvalidRequest) as refused:
        check_tls(TlsFiles(cert, key))

    assert refused.value.code == "invalid-tls"
    assert refused.value.facts["key"] == str(key)


def test_a_certificate_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidRequest, match="No such file"):
        check_tls(TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem"))
