"""What is the QEMU driver's own; what all drivers promise is in tests/contract."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.killed_daemon import END_MOMENTS, START_MOMENTS, run_until_killed
from tests.support.machines import a_machine, a_port, a_root_disk, a_volume
from tests.support.waiting import eventually
from tests.unit.drivers.qemu.conftest import MakeDriver
from vmctld.domain.machine import ConfigDrive, Machine, PowerState
from vmctld.drivers.qemu import QemuDriver, console
from vmctld.drivers.qemu import driver as driver_module
from vmctld.drivers.qemu.process import QemuProcess, find_qemus, spawn
from vmctld.drivers.qemu.tools import find_tools
from vmctld.drivers.qemu.users import DEFAULT_UIDS, GuestUsers, can_become
from vmctld.errors import Corrupted, HypervisorFailed, Unavailable

DRIVE = ConfigDrive((("openstack/latest/meta_data.json", b"{}"),))


@pytest.fixture
def machine(base_image: Path) -> Machine:
    return a_machine(a_root_disk(base_image), ports=(a_port(),), config_drive=DRIVE)


def pids_of(machine: Machine) -> list[int]:
    """Return the QEMUs that run for the machine, as anybody on the host can see them."""
    owners = (os.geteuid(), *DEFAULT_UIDS)
    return [p.pid for p in find_qemus(find_tools().qemu, owners).get(machine.instance_id, [])]


def directory_of(machine: Machine, state_dir: Path) -> Path:
    return state_dir / "state" / "machines" / machine.instance_id


def file_names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


@contextmanager
def frozen(pid: int | None) -> Iterator[None]:
    """Hold the process still: alive, and silent."""
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def start_idle_qemu(instance_id: str) -> QemuProcess:
    """Start a QEMU that claims to be the machine, as the user that it would be of."""
    users = GuestUsers(DEFAULT_UIDS, needs_kvm=False)
    words = [str(find_tools().qemu), "-uuid", instance_id, "-machine", "none", "-display", "none"]
    with Path("/dev/null").open("wb") as nowhere:
        return spawn(words, (), nowhere.fileno(), users.run_as(users.pick(())))


@pytest.mark.parametrize("moment", START_MOMENTS)
def test_a_start_that_a_kill_cut_short_ends_in_exactly_one_machine(
    moment: str, machine: Machine, make_driver: MakeDriver, tmp_path: Path
) -> None:
    run_until_killed(tmp_path / "state", machine, "ensure_running", START_MOMENTS[moment])
    left_running = pids_of(machine)

    status = make_driver().ensure_running(machine)

    assert status.power is PowerState.RUNNING
    assert status.pid is not None
    assert pids_of(machine) == [status.pid]
    assert left_running in ([], [status.pid])
    assert not [name for name in file_names(directory_of(machine, tmp_path)) if "part" in name]


@pytest.mark.parametrize("moment", START_MOMENTS)
def test_a_start_that_a_kill_cut_short_can_be_undone(
    moment: str, machine: Machine, make_driver: MakeDriver, tmp_path: Path
) -> None:
    run_until_killed(tmp_path / "state", machine, "ensure_running", START_MOMENTS[moment])
    driver = make_driver()
    listed = [status.instance_id for status in driver.machines()]

    driver.destroy(machine.instance_id, attempt=machine.attempt)

    assert listed == [machine.instance_id]
    assert pids_of(machine) == []
    assert not directory_of(machine, tmp_path).exists()


@pytest.mark.parametrize("moment", END_MOMENTS)
def test_a_delete_that_a_kill_cut_short_is_finished_by_the_next(
    moment: str, machine: Machine, make_driver: MakeDriver, tmp_path: Path
) -> None:
    make_driver().ensure_running(machine)
    run_until_killed(tmp_path / "state", machine, "destroy", END_MOMENTS[moment])

    make_driver().destroy(machine.instance_id)

    assert pids_of(machine) == []
    assert not directory_of(machine, tmp_path).exists()


def test_a_machine_with_an_unreadable_record_is_unknown_and_can_be_destroyed(
    machine: Machine, make_driver: MakeDriver, tmp_path: Path
) -> None:
    make_driver().ensure_running(machine)
    (directory_of(machine, tmp_path) / "machine.json").write_text('{"version": 1')
    driver = make_driver()

    status = driver.status(machine.instance_id)
    with pytest.raises(Corrupted):
        driver.ensure_running(machine)
    still_running = pids_of(machine)
    driver.destroy(machine.instance_id)

    assert status is not None
    assert status.power is None
    assert still_running
    assert pids_of(machine) == []
    assert driver.status(machine.instance_id) is None


def test_a_silent_machine_that_ran_is_unknown_and_left_alone(
    machine: Machine, driver: QemuDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver_module, "STATUS_TIMEOUT_S", 0.1)
    monkeypatch.setattr(driver_module, "KEPT_TIMEOUT_S", 0.1)
    running = driver.ensure_running(machine)

    with frozen(running.pid):
        status = driver.status(machine.instance_id)
        ensured = driver.ensure_running(machine)

    assert status is not None
    assert status.power is None
    assert ensured.power is None
    assert pids_of(machine) == [running.pid]


def test_a_silent_machine_that_never_came_up_is_started_anew(
    machine: Machine,
    make_driver: MakeDriver,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(driver_module, "KEPT_TIMEOUT_S", 0.1)
    moment = START_MOMENTS["monitor answered"]
    run_until_killed(tmp_path / "state", machine, "ensure_running", moment)
    (silent,) = pids_of(machine)
    os.kill(silent, signal.SIGSTOP)

    status = make_driver().ensure_running(machine)

    assert status.power is PowerState.RUNNING
    assert status.pid != silent
    assert pids_of(machine) == [status.pid]


def test_a_second_qemu_of_one_machine_is_ended_at_adoption(
    machine: Machine, make_driver: MakeDriver
) -> None:
    driver = make_driver()
    first = driver.ensure_running(machine)
    second = start_idle_qemu(machine.instance_id)
    both_seen = eventually(lambda: set(pids_of(machine)) == {first.pid, second.pid})

    make_driver()

    assert both_seen
    assert eventually(lambda: pids_of(machine) == [first.pid])


def test_as_root_each_machine_runs_as_a_user_of_its_own(
    base_image: Path, driver: QemuDriver
) -> None:
    pids = [driver.ensure_running(a_machine(a_root_disk(base_image))).pid for _ in range(2)]

    owners = [Path(f"/proc/{pid}").stat().st_uid for pid in pids]
    if can_become(DEFAULT_UIDS):
        assert owners[0] != owners[1]
        assert all(owner in DEFAULT_UIDS for owner in owners)
    else:
        assert owners == [os.geteuid()] * 2


def test_a_machine_sees_nothing_of_the_daemons_environment(
    machine: Machine, driver: QemuDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VMCTLD_ADMIN_PASSWORD", "canary")

    pid = driver.ensure_running(machine).pid

    assert b"canary" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_a_machines_things_are_its_owners_alone(
    machine: Machine, driver: QemuDriver, tmp_path: Path
) -> None:
    driver.ensure_running(machine)

    directory = directory_of(machine, tmp_path)
    assert directory.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}
    assert modes == dict.fromkeys(
        [
            "machine.json",
            "disk.qcow2",
            "config.iso",
            "console.log",
            "qemu.log",
            "qmp.sock",
            "serial.sock",
        ],
        0o600,
    )


def test_a_machine_that_does_not_start_leaves_nothing_and_no_path_in_the_error(
    base_image: Path, driver: QemuDriver, tmp_path: Path
) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"not a qcow2")
    machine = a_machine(
        a_root_disk(base_image),
        volumes=(a_volume(garbage, disk_format="qcow2"),),
        ports=(a_port(),),
    )

    with pytest.raises(HypervisorFailed) as failure:
        driver.ensure_running(machine)

    assert failure.value.code == "hypervisor-failed"
    assert str(tmp_path) not in failure.value.message + failure.value.hint
    assert pids_of(machine) == []
    assert driver.machines() == []
    assert not directory_of(machine, tmp_path).exists()


def test_a_stopped_machine_that_does_not_start_keeps_its_disk(
    base_image: Path, driver: QemuDriver, tmp_path: Path
) -> None:
    volume = tmp_path / "volume"
    volume.write_bytes(bytes(512))
    machine = a_machine(a_root_disk(base_image), volumes=(a_volume(volume),))
    driver.ensure_running(machine)
    driver.stop(machine.instance_id, timeout_s=0)
    volume.unlink()

    with pytest.raises(HypervisorFailed) as failure:
        driver.start(machine.instance_id)

    assert failure.value.code == "host-refused"
    assert (directory_of(machine, tmp_path) / "disk.qcow2").exists()
    status = driver.status(machine.instance_id)
    assert status is not None
    assert status.power is PowerState.SHUTDOWN


def test_an_ssh_port_that_somebody_took_is_replaced_by_another(
    machine: Machine, driver: QemuDriver
) -> None:
    before = driver.ensure_running(machine).ssh_port
    driver.stop(machine.instance_id, timeout_s=0)
    assert before is not None
    with socket.create_server(("127.0.0.1", before)):
        after = driver.start(machine.instance_id).ssh_port

    assert after not in (None, before)


def test_without_qemu_the_driver_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Unavailable) as refusal:
        QemuDriver(tmp_path, accelerator="tcg")

    assert refusal.value.code == "qemu-missing"
    assert "qemu-system-x86 qemu-utils" in refusal.value.hint


def test_a_machine_can_live_on_a_volume_alone(driver: QemuDriver, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.write_bytes(bytes(1024 * 1024))
    machine = a_machine(volumes=(a_volume(volume, boot_index=0),))

    status = driver.ensure_running(machine)
    driver.destroy(machine.instance_id)

    assert status.power is PowerState.RUNNING
    assert status.ssh_port is None
    assert volume.stat().st_size == 1024 * 1024


def test_logs_that_have_grown_too_large_are_cut(
    machine: Machine, driver: QemuDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "LOG_LIMIT_BYTES", 10)
    monkeypatch.setattr(console, "LOG_KEPT_BYTES", 5)
    driver.ensure_running(machine)
    log = directory_of(machine, tmp_path) / "qemu.log"
    log.write_bytes(b"0123456789abcdef")

    driver._trim_logs()

    assert log.read_bytes() == b"bcdef"


def test_an_end_that_cannot_be_recorded_is_called_out_all_the_same(
    machine: Machine, driver: QemuDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(record: object) -> None:
        raise OSError(28, "No space left on device")

    ended: list[str] = []
    driver.watch_exits(ended.append)
    pid = driver.ensure_running(machine).pid
    assert pid is not None
    monkeypatch.setattr(driver._inventory, "save", full)

    os.kill(pid, signal.SIGKILL)

    assert eventually(lambda: ended == [machine.instance_id])
    status = driver.status(machine.instance_id)
    assert status is not None
    assert status.power is PowerState.SHUTDOWN


def test_a_destroy_does_not_wait_for_a_stop(machine: Machine, driver: QemuDriver) -> None:
    driver.ensure_running(machine)
    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(driver.stop, machine.instance_id, timeout_s=3600)
        driver.destroy(machine.instance_id)
        stopping.result(timeout=30)

    assert driver.status(machine.instance_id) is None


def test_a_machine_of_another_state_directory_is_not_touched(
    machine: Machine, driver: QemuDriver, tmp_path: Path
) -> None:
    pid = driver.ensure_running(machine).pid

    other = QemuDriver(tmp_path / "other", accelerator="tcg")
    listed = other.machines()
    other.close()

    assert listed == []
    assert pids_of(machine) == [pid]
