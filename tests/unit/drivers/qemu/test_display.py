from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fake_qmp import OK, fake_monitor
from tests.support.machines import an_id
from vmctld.drivers.qemu.display import open_screen
from vmctld.drivers.qemu.monitors import Monitors
from vmctld.errors import HypervisorFailed, WrongState

ONE_SERVER = {"return": [{"id": "default"}]}


def test_a_client_is_handed_to_the_monitor(tmp_path: Path) -> None:
    answers = {"query-vnc-servers": [ONE_SERVER], "getfd": [OK], "add_client": [OK]}

    with fake_monitor(tmp_path / "monitor", answers) as monitor:
        screen = open_screen(Monitors(lambda _: tmp_path / "monitor"), an_id())

    assert monitor.heard[1:] == ["query-vnc-servers", "getfd", "add_client"]
    screen.close()


def test_a_machine_that_was_started_without_a_screen_says_so(tmp_path: Path) -> None:
    with (
        fake_monitor(tmp_path / "monitor", {"query-vnc-servers": [{"return": []}]}) as monitor,
        pytest.raises(WrongState) as refusal,
    ):
        open_screen(Monitors(lambda _: tmp_path / "monitor"), an_id())

    assert refusal.value.code == "no-display"
    assert "add_client" not in monitor.heard


def test_a_machine_that_has_ended_has_no_screen(tmp_path: Path) -> None:
    with pytest.raises(HypervisorFailed):
        open_screen(Monitors(lambda _: tmp_path / "nobody"), an_id())
