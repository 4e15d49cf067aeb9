from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machines import an_id
from tests.support.waiting import eventually
from vmctld.drivers.qemu.process import QemuProcess, find_qemus, spawn

PYTHON = Path(sys.executable).resolve()


class Spawner:
    """Starts small programs and ends them."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.started: list[QemuProcess] = []

    def run(self, code: str, *words: str, descriptors: tuple[int, ...] = ()) -> QemuProcess:
        """Start a Python program as QEMUs are started."""
        argv = [str(PYTHON), "-I", "-S", "-c", code, *words]
        with self.log.open("ab") as log:
            self.started.append(spawn(argv, descriptors, log.fileno(), run_as=None))
        return self.started[-1]


@pytest.fixture
def spawner(tmp_path: Path) -> Iterator[Spawner]:
    spawner = Spawner(tmp_path / "log")
    yield spawner
    for process in spawner.started:
        process.kill()
        assert process.wait(10)


FOREVER = "import time; time.sleep(3600)"


def test_a_process_leads_a_session_of_its_own(spawner: Spawner) -> None:
    process = spawner.run(FOREVER)

    assert os.getsid(process.pid) == process.pid
    assert process.is_alive


def test_what_a_process_prints_goes_to_its_log(spawner: Spawner) -> None:
    process = spawner.run("import sys; print('out', flush=True); sys.exit('err')")

    assert process.wait(30)
    assert spawner.log.read_text() == "out\nerr\n"
    assert process.exit_code == 1


def test_a_process_inherits_the_named_descriptors_alone(spawner: Spawner, tmp_path: Path) -> None:
    named = os.open(tmp_path / "named", os.O_RDWR | os.O_CREAT)
    other = os.open(tmp_path / "other", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(other, True)

    process = spawner.run(
        "import os; print(sorted(os.listdir('/proc/self/fd')))", descriptors=(named,)
    )

    os.close(named)
    os.close(other)
    assert process.wait(30)
    assert f"'{named}'" in spawner.log.read_text()
    assert f"'{other}'" not in spawner.log.read_text()


def test_a_killed_process_tells_the_signal(spawner: Spawner) -> None:
    process = spawner.run(FOREVER)

    process.kill()

    assert process.wait(10)
    assert process.exit_code == -signal.SIGKILL
    assert process.cpu_s() is None
    process.kill()


def test_waiting_for_a_process_ends_with_the_time_given(spawner: Spawner) -> None:
    assert not spawner.run(FOREVER).wait(0.01)


def test_a_process_that_is_gone_cannot_be_held() -> None:
    with pytest.raises(ProcessLookupError):
        QemuProcess(2**22 - 1)


def test_a_running_program_is_found_by_its_uuid(spawner: Spawner) -> None:
    machine_uuid = an_id()
    process = spawner.run(FOREVER, "-uuid", machine_uuid)
    spawner.run(FOREVER, "-uuid")

    def found() -> list[int]:
        return [p.pid for p in find_qemus(PYTHON, [os.geteuid()]).get(machine_uuid, [])]

    assert eventually(lambda: found() == [process.pid])


def test_another_program_or_another_users_is_not_found(spawner: Spawner) -> None:
    spawner.run(FOREVER, "-uuid", an_id())

    assert find_qemus(Path("/usr/bin/qemu-system-x86_64-of-nobody"), [os.geteuid()]) == {}
    assert find_qemus(PYTHON, [os.geteuid() + 12345]) == {}


def test_a_process_knows_when_it_started(spawner: Spawner) -> None:
    first = spawner.run(FOREVER).started_at()
    second = spawner.run(FOREVER).started_at()

    assert abs((second - first).total_seconds()) < 60
