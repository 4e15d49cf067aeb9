from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.support.waiting import eventually
from vmctld.drivers.qemu import watch
from vmctld.drivers.qemu.process import QemuProcess
from vmctld.drivers.qemu.watch import ExitWatcher

Start = Callable[[], QemuProcess]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start processes that live until they are killed."""
    children: list[tuple[subprocess.Popen[bytes], QemuProcess]] = []

    def start_one() -> QemuProcess:
        child = subprocess.Popen(["sleep", "3600"])
        child.returncode = 0
        children.append((child, QemuProcess(child.pid)))
        return children[-1][1]

    yield start_one
    for _, process in children:
        process.kill()
        assert process.wait(10)


@pytest.fixture
def ended() -> list[str]:
    return []


@pytest.fixture
def watcher(ended: list[str]) -> Iterator[ExitWatcher]:
    watcher = ExitWatcher(lambda instance_id, process: ended.append(instance_id), lambda: None)
    yield watcher
    watcher.close()


def test_the_end_of_a_process_is_called_out_once(
    watcher: ExitWatcher, ended: list[str], start: Start
) -> None:
    first, second = start(), start()
    watcher.watch("first", first)
    watcher.watch("second", second)

    second.kill()
    assert eventually(lambda: ended == ["second"])
    first.kill()

    assert eventually(lambda: ended == ["second", "first"])


def test_a_forgotten_process_is_not_called_out(
    watcher: ExitWatcher, ended: list[str], start: Start
) -> None:
    forgotten, watched = start(), start()
    watcher.watch("forgotten", forgotten)
    watcher.watch("watched", watched)

    watcher.forget(forgotten)
    watcher.forget(forgotten)
    forgotten.kill()
    assert forgotten.wait(10)
    watched.kill()

    assert eventually(lambda: ended)
    assert ended == ["watched"]


def test_one_that_died_before_it_was_watched_is_called_out(
    watcher: ExitWatcher, ended: list[str], start: Start
) -> None:
    process = start()
    process.kill()
    assert process.wait(10)

    watcher.watch("late", process)

    assert eventually(lambda: ended == ["late"])


def test_an_event_that_is_late_does_not_speak_for_a_living_process(
    watcher: ExitWatcher, ended: list[str], start: Start
) -> None:
    process = start()
    watcher.watch("alive", process)

    watcher._ended(process.pidfd)

    assert ended == []


def test_a_callback_that_fails_does_not_end_the_watch(start: Start) -> None:
    calls: list[str] = []

    def fail_at_first(instance_id: str, process: QemuProcess) -> None:
        calls.append(instance_id)
        if len(calls) == 1:
            raise ZeroDivisionError

    watcher = ExitWatcher(fail_at_first, lambda: None)
    first, second = start(), start()
    watcher.watch("first", first)
    watcher.watch("second", second)
    first.kill()
    assert eventually(lambda: calls == ["first"])
    second.kill()

    assert eventually(lambda: calls == ["first", "second"])
    watcher.close()


def test_while_nothing_ends_there_are_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "TICK_S", 0.01)
    ticks: list[None] = []

    watcher = ExitWatcher(lambda instance_id, process: None, lambda: ticks.append(None))

    assert eventually(lambda: len(ticks) > 2)
    watcher.close()
