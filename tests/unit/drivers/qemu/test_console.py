from __future__ import annotations

from pathlib import Path

import pytest

from vmctld.drivers.qemu import console as console_module
from vmctld.drivers.qemu.console import open_serial, read_tail, trim_log
from vmctld.drivers.qemu.sockets import listen_at
from vmctld.errors import Unavailable


def test_a_stream_carries_bytes_both_ways(tmp_path: Path) -> None:
    with listen_at(tmp_path / "s") as listener:
        stream = open_serial(tmp_path / "s")
        guest, _ = listener.accept()
        with guest:
            guest.sendall(b"login: ")
            stream.write(b"root\n")

            assert stream.read(5) == b"login: "
            assert guest.recv(100) == b"root\n"
    stream.close()


def test_silence_is_none_and_the_end_is_empty(tmp_path: Path) -> None:
    with listen_at(tmp_path / "s") as listener:
        stream = open_serial(tmp_path / "s")
        guest, _ = listener.accept()
        silence = stream.read(0)
        guest.close()

        assert silence is None
        assert stream.read(5) == b""
        stream.close()


def test_a_closed_stream_reads_as_ended_and_takes_nothing(tmp_path: Path) -> None:
    with listen_at(tmp_path / "s"):
        stream = open_serial(tmp_path / "s")
        stream.close()

        assert stream.read(5) == b""
        with pytest.raises(Unavailable):
            stream.write(b"x")


def test_a_port_where_nobody_listens_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refusal:
        open_serial(tmp_path / "s")

    assert refusal.value.code == "console-unreachable"


@pytest.mark.parametrize(
    ("max_bytes", "tail"), [(0, b""), (-1, b""), (3, b"end"), (100, b"begin, end")]
)
def test_a_tail_is_the_last_bytes(tmp_path: Path, max_bytes: int, tail: bytes) -> None:
    (tmp_path / "log").write_bytes(b"begin, end")

    assert read_tail(tmp_path / "log", max_bytes) == tail


def test_the_tail_of_no_log_is_empty(tmp_path: Path) -> None:
    assert read_tail(tmp_path / "log", 100) == b""


def test_a_log_that_has_grown_too_large_keeps_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_module, "LOG_LIMIT_BYTES", 100)
    monkeypatch.setattr(console_module, "LOG_KEPT_BYTES", 10)
    log = tmp_path / "log"

    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 95 + b"0123456789")
        trim_log(log)
        writer.write(b"and on")

    assert log.read_bytes() == b"0123456789and on"


def test_a_log_within_its_limit_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"short")

    trim_log(tmp_path / "log")
    trim_log(tmp_path / "none")

    assert (tmp_path / "log").read_bytes() == b"short"
    assert not (tmp_path / "none").exists()
