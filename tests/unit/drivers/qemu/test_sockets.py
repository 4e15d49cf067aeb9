from __future__ import annotations

from pathlib import Path

import pytest

from vmctld.drivers.qemu.sockets import connect_to, listen_at


def test_a_path_longer_than_a_sockets_address_works(tmp_path: Path) -> None:
    directory = tmp_path / ("d" * 200)
    directory.mkdir()

    with listen_at(directory / "socket"), connect_to(directory / "socket", 1) as connection:
        assert connection.gettimeout() == 1


def test_a_socket_is_its_owners_alone(tmp_path: Path) -> None:
    with listen_at(tmp_path / "socket"):
        assert (tmp_path / "socket").stat().st_mode & 0o777 == 0o600


def test_a_socket_left_behind_is_replaced(tmp_path: Path) -> None:
    listen_at(tmp_path / "socket").close()

    with listen_at(tmp_path / "socket"), connect_to(tmp_path / "socket", 1):
        pass


def test_a_socket_where_nobody_listens_refuses(tmp_path: Path) -> None:
    listen_at(tmp_path / "socket").close()

    with pytest.raises(ConnectionRefusedError):
        connect_to(tmp_path / "socket", 1)


def test_a_directory_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        listen_at(tmp_path / "gone" / "socket")
