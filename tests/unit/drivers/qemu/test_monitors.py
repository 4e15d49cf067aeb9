from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_qmp import OK, fake_monitor
from vmctld.drivers.qemu import monitors as monitors_module
from vmctld.drivers.qemu.monitors import Monitors
from vmctld.drivers.qemu.process import QemuProcess
from vmctld.drivers.qemu.qmp import CommandRefused, MonitorSilent


@pytest.fixture
def monitors(tmp_path: Path) -> Monitors:
    return Monitors(lambda instance_id: tmp_path / instance_id)


@pytest.fixture
def process() -> Iterator[QemuProcess]:
    """Something that lives until it is killed."""
    child = subprocess.Popen(["sleep", "3600"])
    process = QemuProcess(child.pid)
    yield process
    process.kill()
    assert process.wait(10)
    child.returncode = 0


def test_one_conversation_at_a_time(tmp_path: Path, monitors: Monitors) -> None:
    with (
        fake_monitor(tmp_path / "i", {}),
        monitors.talk("i"),
        pytest.raises(MonitorSilent),
        monitors.talk("i", timeout_s=0.05),
    ):
        pass


def test_a_refusal_reaches_the_caller(tmp_path: Path, monitors: Monitors) -> None:
    with (
        fake_monitor(tmp_path / "i", {"cont": [{"error": {"desc": "no"}}]}),
        pytest.raises(CommandRefused),
        monitors.talk("i") as monitor,
    ):
        monitor.execute("cont")


def test_the_button_is_pressed_again_until_the_deadline(
    tmp_path: Path,
    monitors: Monitors,
    process: QemuProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(monitors_module, "PRESS_EVERY_S", 0.0)
    looks = iter([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])

    with fake_monitor(tmp_path / "i", {"system_powerdown": [OK]}) as fake:
        off = monitors.press_power_button("i", process, lambda: next(looks))

        assert not off
        assert fake.heard.count("system_powerdown") == 2


def test_a_button_that_cannot_be_pressed_is_no_error(
    monitors: Monitors, process: QemuProcess
) -> None:
    looks = iter([0.01, 0.0, 0.0])

    assert not monitors.press_power_button("i", process, lambda: next(looks))


def test_a_process_that_does_not_quit_is_killed(
    tmp_path: Path,
    monitors: Monitors,
    process: QemuProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(monitors_module, "QUIT_TIMEOUT_S", 0.1)

    with fake_monitor(tmp_path / "i", {"quit": [OK]}) as fake:
        monitors.end("i", process)

        assert fake.heard[-1] == "quit"
    assert not process.is_alive


def test_a_process_without_a_monitor_is_killed(monitors: Monitors, process: QemuProcess) -> None:
    monitors.end("i", process)

    assert not process.is_alive
