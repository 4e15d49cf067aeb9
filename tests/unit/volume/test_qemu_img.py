"""Running qemu-img."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.support.waiting import eventually
from vmctld.errors import Unavailable
from vmctld.volume.qemu_img import QemuImg, ToolFailed


@pytest.fixture
def slow_tool(tmp_path: Path) -> Path:
    """A tool that says that it has begun and then takes long."""
    path = tmp_path / "tool"
    path.write_text('#!/bin/sh\ntouch "$2"\nexec sleep 60\n')
    path.chmod(0o700)
    return path


def test_arguments_are_words_and_no_shells(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed) as failure:
        QemuImg().run("info", f"$(touch {tmp_path}/never)", ";", "|")

    assert failure.value.command == "info"
    assert not (tmp_path / "never").exists()


def test_a_tool_that_takes_too_long_is_ended(slow_tool: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolFailed):
        QemuImg(str(slow_tool), limit_s=0.05).run("create", str(tmp_path / "begun"))


def test_the_daemons_end_ends_what_runs_and_nothing_more_begins(
    slow_tool: Path, tmp_path: Path
) -> None:
    qemu_img, begun, ended = QemuImg(str(slow_tool)), tmp_path / "begun", threading.Event()

    def work() -> None:
        with pytest.raises(Unavailable):
            qemu_img.run("create", str(begun))
        ended.set()

    worker = threading.Thread(target=work)
    worker.start()
    assert eventually(begun.exists)
    qemu_img.close()

    assert ended.wait(20)
    worker.join()
    with pytest.raises(Unavailable) as refusal:
        qemu_img.run("create", str(begun))
    assert refusal.value.code == "shutting-down"
