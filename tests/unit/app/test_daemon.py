from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.support.waiting import eventually
from vmctld.app.daemon import Daemon
from vmctld.app.patience import Stopped
from vmctld.config import Settings
from vmctld.errors import Unavailable, VmctlError


def _settings(tmp_path: Path, **changes: object) -> Settings:
    values: dict[str, object] = {
        "state_dir": tmp_path / "s",
        "listen": (f"unix://{tmp_path}/v.sock",),
        "host": "here",
        "database_url": f"sqlite:///{tmp_path}/s/vmctl.db",
        "driver": "fake",
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith(PREFIXES)}


PREFIXES = ("bus-", "build-", "outbox", "sweep", "agent-rounds", "housekeeping")


@pytest.mark.parametrize("moment", ["bind", "begin", "open"])
def test_a_start_that_fails_ends_what_it_began_and_another_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable("not now")

    with monkeypatch.context() as broken:
        broken.setattr(f"vmctld.app.doors.Doors.{moment}", fail)
        with pytest.raises(Unavailable, match="not now"):
            Daemon(_settings(tmp_path)).start()
    assert eventually(lambda: not _threads()), _threads()

    daemon = Daemon(_settings(tmp_path))

    assert daemon.start() == (f"unix://{tmp_path}/v.sock",)
    daemon.stop()
    assert eventually(lambda: not _threads()), _threads()


def test_a_daemon_that_is_told_to_end_while_it_waits_for_its_database_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = threading.Event()

    def away(_: object) -> None:
        stopping.set()
        raise Unavailable("no database")

    monkeypatch.setattr("vmctld.app.data.ensure_schema", away)

    with pytest.raises(Stopped):
        Daemon(_settings(tmp_path), stopping).start()


def test_two_daemons_on_one_state_directory_are_one_too_many(tmp_path: Path) -> None:
    first = Daemon(_settings(tmp_path))
    first.start()
    try:
        with pytest.raises(VmctlError, match="in use"):
            Daemon(_settings(tmp_path)).start()
    finally:
        first.stop()
