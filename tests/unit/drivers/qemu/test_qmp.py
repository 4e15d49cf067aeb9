from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fake_qmp import fake_monitor
from vmctld.drivers.qemu import qmp
from vmctld.drivers.qemu.qmp import CommandRefused, Monitor, MonitorSilent
from vmctld.drivers.qemu.sockets import listen_at

STATUS = {"return": {"status": "running"}}
EVENT = {"event": "RTC_CHANGE", "data": {}}


def test_a_command_is_answered(tmp_path: Path) -> None:
    with fake_monitor(tmp_path / "m", {"query-status": [STATUS]}) as fake:
        with Monitor(tmp_path / "m", timeout_s=5) as monitor:
            answer = monitor.execute("query-status")

        assert answer == {"status": "running"}
        assert fake.heard == ["qmp_capabilities", "query-status"]


def test_events_are_passed_over(tmp_path: Path) -> None:
    answers = {"query-status": [EVENT, EVENT, STATUS]}

    with (
        fake_monitor(tmp_path / "m", answers),
        Monitor(tmp_path / "m", timeout_s=5) as monitor,
    ):
        assert monitor.execute("query-status") == {"status": "running"}


def test_a_refusal_keeps_qemus_words_out_of_the_message(tmp_path: Path) -> None:
    refusal = {"error": {"class": "GenericError", "desc": "no /var/lib/secret"}}

    with (
        fake_monitor(tmp_path / "m", {"cont": [refusal]}),
        Monitor(tmp_path / "m", timeout_s=5) as monitor,
        pytest.raises(CommandRefused) as error,
    ):
        monitor.execute("cont", now=True)

    assert error.value.code == "monitor-refused"
    assert "secret" not in error.value.message + error.value.hint
    assert "secret" in error.value.qemu_says


def test_nobody_at_the_socket_is_silence(tmp_path: Path) -> None:
    with pytest.raises(MonitorSilent) as error:
        Monitor(tmp_path / "m", timeout_s=5)

    assert error.value.code == "monitor-silent"


def test_a_monitor_that_does_not_answer_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    with (
        fake_monitor(tmp_path / "m", {}),
        Monitor(tmp_path / "m", timeout_s=0.2) as monitor,
        pytest.raises(MonitorSilent),
    ):
        monitor.execute("query-status")


def test_a_conversation_after_its_deadline_is_over(tmp_path: Path) -> None:
    with (
        fake_monitor(tmp_path / "m", {"query-status": [STATUS]}),
        Monitor(tmp_path / "m", timeout_s=5) as monitor,
    ):
        monitor._deadline = 0
        with pytest.raises(MonitorSilent):
            monitor.execute("query-status")


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b"\xff\n"])
def test_a_monitor_that_talks_nonsense_is_silent(tmp_path: Path, line: bytes) -> None:
    with (
        fake_monitor(tmp_path / "m", {"query-status": [line]}),
        Monitor(tmp_path / "m", timeout_s=5) as monitor,
        pytest.raises(MonitorSilent),
    ):
        monitor.execute("query-status")


def test_a_line_without_end_fills_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qmp, "MAX_LINE_BYTES", 1000)

    with (
        fake_monitor(tmp_path / "m", {"query-status": [b"x" * 200_000]}),
        Monitor(tmp_path / "m", timeout_s=5) as monitor,
        pytest.raises(MonitorSilent),
    ):
        monitor.execute("query-status")


def test_a_monitor_that_ends_is_noticed_at_once(tmp_path: Path) -> None:
    with listen_at(tmp_path / "m") as listener:
        listener.close()  # as of a QEMU that died in between

        with pytest.raises(MonitorSilent):
            Monitor(tmp_path / "m", timeout_s=60)
