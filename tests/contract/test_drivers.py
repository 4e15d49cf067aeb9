"""What every driver promises, run on each: see ``vmctld.drivers.base.Driver``."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.machines import a_disk, a_machine, a_root_disk, a_volume, an_id
from tests.support.waiting import eventually
from vmctld.domain.machine import Machine, MachineStatus, MachineVolume, PowerState
from vmctld.drivers.base import Driver
from vmctld.drivers.fake import FakeDriver
from vmctld.drivers.qemu import QemuDriver
from vmctld.errors import InvalidRequest, NotFound, WrongState

MakeDriver = Callable[[], Driver]


class Host:
    """A host with one driver on it, whose daemon can be restarted."""

    def __init__(self, make: MakeDriver, base: Path, state_dir: Path) -> None:
        self._make = make
        self._base = base
        self._state_dir = state_dir
        self.driver = make()

    def restart_daemon(self) -> None:
        """Let another daemon take over from this one."""
        self.driver.close()
        self.driver = self._make()

    def a_machine(self) -> Machine:
        """Return a machine that is not here yet; nothing boots on it."""
        return a_machine(a_root_disk(self._base))

    def a_running_machine(self) -> Machine:
        """Return a machine that runs here."""
        machine = self.a_machine()
        self.driver.ensure_running(machine)
        return machine

    def power(self, machine: Machine) -> PowerState | None:
        """Return what the driver says of the machine's power."""
        return self.status(machine).power

    def status(self, machine: Machine) -> MachineStatus:
        """Return what the driver says of a machine that is here."""
        status = self.driver.status(machine.instance_id)
        assert status is not None
        return status

    def shape(self, machine: Machine) -> object:
        """Return what the machine is made of, to be compared."""
        if isinstance(self.driver, FakeDriver):
            return self.driver.of(machine.instance_id)[0]
        recorded = json.loads(
            (self._state_dir / "machines" / machine.instance_id / "machine.json").read_text()
        )
        return recorded["machine"]

    def crash(self, machine: Machine) -> None:
        """Have the machine die of itself."""
        if isinstance(self.driver, FakeDriver):
            self.driver.crash(machine.instance_id)
            return
        pid = self.status(machine).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def leftovers(self) -> list[str]:
        """Return what this host's state directory holds of machines."""
        return [path.name for path in self._state_dir.glob("machines/*")]

    def close(self) -> None:
        """Delete all machines, then the driver."""
        for status in self.driver.machines():
            self.driver.destroy(status.instance_id)
        self.driver.close()


@pytest.fixture(scope="session")
def base_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_disk(tmp_path_factory.mktemp("images") / "base.qcow2")


@pytest.fixture(params=["fake", "qemu"])
def host(request: pytest.FixtureRequest, base_image: Path, tmp_path: Path) -> Iterator[Host]:
    def make() -> Driver:
        if request.param == "fake":
            return FakeDriver(tmp_path / "machines")
        return QemuDriver(tmp_path, accelerator="tcg")

    host = Host(make, base_image, tmp_path)
    yield host
    host.close()


def test_a_host_has_room(host: Host) -> None:
    capacity = host.driver.capacity()

    assert min(capacity.vcpus, capacity.ram_mib, capacity.disk_gib) > 0


def test_an_ensured_machine_runs(host: Host) -> None:
    machine = host.a_machine()

    status = host.driver.ensure_running(machine)

    assert (status.instance_id, status.attempt) == (machine.instance_id, machine.attempt)
    assert status.power is PowerState.RUNNING
    assert host.driver.status(machine.instance_id) == status
    assert host.driver.machines() == [status]


def test_ensuring_a_running_machine_changes_nothing(host: Host) -> None:
    machine = host.a_machine()
    first = host.driver.ensure_running(machine)

    second = host.driver.ensure_running(machine)

    assert second == first


def test_ensuring_one_machine_from_many_threads_starts_it_once(host: Host) -> None:
    machine = host.a_machine()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(host.driver.ensure_running, [machine] * 4))

    assert {status.pid for status in statuses} == {statuses[0].pid}
    assert len(host.driver.machines()) == 1


def test_machines_started_at_once_do_not_meet(host: Host) -> None:
    machines = [host.a_machine() for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(host.driver.ensure_running, machines))

    assert [status.instance_id for status in statuses] == [m.instance_id for m in machines]
    assert len(host.driver.machines()) == 4


def test_a_machine_that_never_was_is_absent_for_certain(host: Host) -> None:
    assert host.driver.status(an_id()) is None
    assert host.driver.machines() == []


def test_a_destroyed_machine_leaves_nothing(host: Host) -> None:
    machine = host.a_running_machine()

    host.driver.destroy(machine.instance_id)

    assert host.driver.status(machine.instance_id) is None
    assert host.driver.machines() == []
    assert host.leftovers() == []


def test_destroying_what_is_gone_is_fine(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.destroy(machine.instance_id)

    host.driver.destroy(machine.instance_id)
    host.driver.destroy(an_id(), attempt=1)

    assert host.driver.machines() == []


def test_a_destroyed_machine_can_be_made_again(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.destroy(machine.instance_id)

    status = host.driver.ensure_running(machine)

    assert status.power is PowerState.RUNNING


def test_an_older_attempt_is_refused(host: Host) -> None:
    machine = replace(host.a_machine(), attempt=2)
    before = host.driver.ensure_running(machine)

    with pytest.raises(WrongState) as refusal:
        host.driver.ensure_running(replace(machine, attempt=1))

    assert refusal.value.code == "newer-attempt"
    assert host.status(machine) == before


def test_a_newer_attempt_takes_the_older_ones_place(host: Host) -> None:
    machine = host.a_running_machine()

    status = host.driver.ensure_running(replace(machine, attempt=2))

    assert status.attempt == 2
    assert host.driver.machines() == [status]


def test_an_older_attempts_undo_leaves_the_newer_one_alone(host: Host) -> None:
    machine = replace(host.a_machine(), attempt=2)
    before = host.driver.ensure_running(machine)

    host.driver.destroy(machine.instance_id, attempt=1)

    assert host.status(machine) == before


def test_an_attempts_own_undo_destroys_it(host: Host) -> None:
    machine = host.a_running_machine()

    host.driver.destroy(machine.instance_id, attempt=machine.attempt)

    assert host.leftovers() == []


def test_a_machine_outlives_its_daemon(host: Host) -> None:
    machine = host.a_running_machine()
    before = host.status(machine)

    host.restart_daemon()

    after = host.status(machine)
    assert (after.pid, after.attempt, after.ssh_port) == (
        before.pid,
        before.attempt,
        before.ssh_port,
    )
    assert after.power is PowerState.RUNNING
    assert host.driver.ensure_running(machine) == after


def test_a_machine_of_an_earlier_daemon_can_be_destroyed(host: Host) -> None:
    machine = host.a_running_machine()
    host.restart_daemon()

    host.driver.destroy(machine.instance_id)

    assert host.leftovers() == []


def test_a_stopped_machine_is_shut_down_and_starts_again(host: Host) -> None:
    machine = host.a_running_machine()

    host.driver.stop(machine.instance_id, timeout_s=0.1)
    stopped = host.power(machine)
    started = host.driver.start(machine.instance_id)

    assert stopped is PowerState.SHUTDOWN
    assert started.power is PowerState.RUNNING


def test_stopping_and_starting_twice_changes_nothing(host: Host) -> None:
    machine = host.a_running_machine()

    host.driver.stop(machine.instance_id, timeout_s=0.1)
    host.driver.stop(machine.instance_id, timeout_s=0.1)
    first = host.driver.start(machine.instance_id)
    second = host.driver.start(machine.instance_id)

    assert second == first


def test_a_machine_stays_stopped_when_the_daemon_restarts(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.stop(machine.instance_id, timeout_s=0.1)

    host.restart_daemon()

    assert host.power(machine) is PowerState.SHUTDOWN


def test_ensuring_a_stopped_machine_starts_it(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.stop(machine.instance_id, timeout_s=0.1)

    status = host.driver.ensure_running(machine)

    assert status.power is PowerState.RUNNING


def test_a_paused_machine_goes_on(host: Host) -> None:
    machine = host.a_running_machine()

    host.driver.pause(machine.instance_id)
    paused = host.power(machine)
    host.driver.unpause(machine.instance_id)

    assert paused is PowerState.PAUSED
    assert host.power(machine) is PowerState.RUNNING


def test_a_suspended_machine_goes_on(host: Host) -> None:
    machine = host.a_running_machine()

    host.driver.suspend(machine.instance_id)
    suspended = host.status(machine)
    resumed = host.driver.resume(machine.instance_id)

    assert (suspended.power, suspended.pid) == (PowerState.SUSPENDED, None)
    assert resumed.power is PowerState.RUNNING


def test_suspending_and_resuming_twice_changes_nothing(host: Host) -> None:
    machine = host.a_running_machine()

    host.driver.suspend(machine.instance_id)
    host.driver.suspend(machine.instance_id)
    first = host.driver.resume(machine.instance_id)
    second = host.driver.resume(machine.instance_id)

    assert second == first


def test_a_machine_sleeps_through_a_restart_of_the_daemon(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.suspend(machine.instance_id)

    host.restart_daemon()
    asleep = host.power(machine)
    host.driver.resume(machine.instance_id)

    assert asleep is PowerState.SUSPENDED
    assert host.power(machine) is PowerState.RUNNING


def test_a_suspended_machine_can_be_started_anew(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.suspend(machine.instance_id)

    started = host.driver.start(machine.instance_id)
    host.driver.stop(machine.instance_id, timeout_s=0.1)

    assert started.power is PowerState.RUNNING
    with pytest.raises(WrongState):  # what it remembered is of another time
        host.driver.resume(machine.instance_id)


def test_a_suspended_machine_can_be_destroyed(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.suspend(machine.instance_id)

    host.driver.destroy(machine.instance_id)

    assert host.leftovers() == []


def test_a_machine_that_falls_asleep_is_not_called_out(host: Host) -> None:
    ended: list[str] = []
    host.driver.watch_exits(ended.append)
    sleeper, crashed = host.a_running_machine(), host.a_running_machine()

    host.driver.suspend(sleeper.instance_id)
    host.crash(crashed)

    assert eventually(lambda: ended)
    assert ended == [crashed.instance_id]


@pytest.mark.parametrize("verb", ["pause", "unpause", "suspend", "resume"])
def test_a_stopped_machine_has_nothing_to_freeze_or_thaw(host: Host, verb: str) -> None:
    machine = host.a_running_machine()
    host.driver.stop(machine.instance_id, timeout_s=0.1)

    with pytest.raises(WrongState) as refusal:
        getattr(host.driver, verb)(machine.instance_id)

    assert refusal.value.code == "not-running"


@pytest.mark.parametrize(
    "verb",
    [
        lambda driver, i: driver.stop(i, timeout_s=0.1),
        lambda driver, i: driver.start(i),
        lambda driver, i: driver.pause(i),
        lambda driver, i: driver.unpause(i),
        lambda driver, i: driver.suspend(i),
        lambda driver, i: driver.resume(i),
        lambda driver, i: driver.console_log(i, 100),
        lambda driver, i: driver.open_console(i).__enter__(),
        lambda driver, i: driver.open_port(i, 22).__enter__(),
        lambda driver, i: driver.open_display(i).__enter__(),
    ],
    ids=[
        "stop",
        "start",
        "pause",
        "unpause",
        "suspend",
        "resume",
        "console_log",
        "open_console",
        "open_port",
        "open_display",
    ],
)
def test_a_verb_on_an_absent_machine_says_so(
    host: Host, verb: Callable[[Driver, str], object]
) -> None:
    with pytest.raises(NotFound) as refusal:
        verb(host.driver, an_id())

    assert refusal.value.code == "machine-not-found"


@pytest.mark.parametrize(
    "instance_id", ["", "..", "../x", "web", "-uuid", "A" * 36, an_id().upper()]
)
def test_an_id_that_is_no_uuid_reaches_nothing(host: Host, instance_id: str) -> None:
    with pytest.raises(InvalidRequest):
        host.driver.ensure_running(a_machine(instance_id=instance_id))
    with pytest.raises(InvalidRequest):
        host.driver.destroy(instance_id)

    assert host.leftovers() == []


def test_a_machine_that_ends_by_itself_is_called_out(host: Host) -> None:
    ended: list[str] = []
    host.driver.watch_exits(ended.append)
    machine = host.a_running_machine()

    host.crash(machine)

    assert eventually(lambda: ended == [machine.instance_id])
    assert host.power(machine) is PowerState.CRASHED


def test_a_crashed_machine_starts_again(host: Host) -> None:
    machine = host.a_running_machine()
    host.crash(machine)

    status = host.driver.start(machine.instance_id)

    assert status.power is PowerState.RUNNING


def test_a_machine_that_is_told_to_end_is_not_called_out(host: Host) -> None:
    ended: list[str] = []
    host.driver.watch_exits(ended.append)
    stopped, destroyed, crashed = (host.a_running_machine() for _ in range(3))

    host.driver.stop(stopped.instance_id, timeout_s=0.1)
    host.driver.destroy(destroyed.instance_id)
    host.crash(crashed)

    assert eventually(lambda: ended)
    assert ended == [crashed.instance_id]


def test_a_machine_that_is_gone_holds_no_slot(host: Host) -> None:
    assert host.driver.has_settled(an_id())


def test_a_console_log_is_cut_at_its_end(host: Host) -> None:
    machine = host.a_running_machine()

    assert eventually(lambda: len(host.driver.console_log(machine.instance_id, 10)) == 10)
    assert host.driver.console_log(machine.instance_id, 0) == b""


def test_a_console_is_open_to_one_at_a_time(host: Host) -> None:
    machine = host.a_running_machine()

    with (
        host.driver.open_console(machine.instance_id),
        pytest.raises(WrongState) as refusal,
        host.driver.open_console(machine.instance_id),
    ):
        pass

    assert refusal.value.code == "console-taken"
    with host.driver.open_console(machine.instance_id) as console:
        console.write(b"\n")


def test_a_stopped_machine_has_no_console(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.stop(machine.instance_id, timeout_s=0.1)

    with pytest.raises(WrongState), host.driver.open_console(machine.instance_id):
        pass


def test_any_number_may_look_at_a_screen_and_none_at_one_that_is_off(host: Host) -> None:
    machine = host.a_running_machine()

    with (
        host.driver.open_display(machine.instance_id) as one,
        host.driver.open_display(machine.instance_id) as other,
    ):
        greetings = [screen.read(timeout_s=30.0) for screen in (one, other)]
    host.driver.stop(machine.instance_id, timeout_s=0.1)

    assert greetings == [b"RFB 003.008\n"] * 2
    with pytest.raises(WrongState) as refusal, host.driver.open_display(machine.instance_id):
        pass
    assert refusal.value.code == "not-running"


def test_a_stopped_machine_has_no_open_port(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.stop(machine.instance_id, timeout_s=0.1)

    with pytest.raises(WrongState) as refusal, host.driver.open_port(machine.instance_id, 22):
        pass

    assert refusal.value.code == "not-running"


def test_a_machine_gets_another_size_and_its_old_one_back(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.stop(machine.instance_id, timeout_s=0.1)

    host.driver.set_aside(machine.instance_id, "before")
    for _ in range(2):
        host.driver.reshape(machine.instance_id, vcpus=2, ram_mib=96, disk_gib=2)
    larger = host.driver.start(machine.instance_id)
    shape = host.shape(machine)
    host.driver.stop(machine.instance_id, timeout_s=0.1)
    for _ in range(2):
        host.driver.bring_back(machine.instance_id, "before")

    assert larger.power is PowerState.RUNNING
    assert host.shape(machine) != shape
    assert host.driver.start(machine.instance_id).power is PowerState.RUNNING


def test_a_machine_gets_a_fresh_disk_and_its_old_one_back(host: Host) -> None:
    machine = host.a_running_machine()
    assert machine.root is not None
    host.driver.stop(machine.instance_id, timeout_s=0.1)
    before = host.shape(machine)

    host.driver.set_aside(machine.instance_id, "before")
    host.driver.renew(machine.instance_id, replace(machine.root, size_gib=3))
    renewed = host.shape(machine)
    host.driver.bring_back(machine.instance_id, "before")

    assert renewed != before
    assert host.shape(machine) == before


def test_what_is_kept_is_kept_once_and_dropped_by_its_token(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.stop(machine.instance_id, timeout_s=0.1)
    before = host.shape(machine)
    host.driver.set_aside(machine.instance_id, "first")
    host.driver.reshape(machine.instance_id, vcpus=2, ram_mib=96, disk_gib=0)
    after = host.shape(machine)

    host.driver.set_aside(machine.instance_id, "first")
    host.driver.set_aside(machine.instance_id, "second")
    host.driver.drop_aside(machine.instance_id, "second")
    host.driver.bring_back(machine.instance_id, "second")
    unchanged = host.shape(machine)
    host.driver.bring_back(machine.instance_id, "first")

    assert unchanged == after
    assert host.shape(machine) == before
    host.driver.drop_aside(machine.instance_id, but="first")
    host.driver.bring_back(machine.instance_id, "first")
    assert host.shape(machine) == before
    host.driver.drop_aside(machine.instance_id)
    host.driver.drop_aside(machine.instance_id)


def test_a_machine_boots_from_a_rescue_disk_and_from_its_own_again(host: Host) -> None:
    machine = host.a_running_machine()
    assert machine.root is not None
    host.driver.stop(machine.instance_id, timeout_s=0.1)

    for _ in range(2):
        host.driver.insert_rescue(machine.instance_id, machine.root.base_path, "qcow2")
    rescued = host.driver.start(machine.instance_id)
    for _ in range(2):
        host.driver.remove_rescue(machine.instance_id)
    off = host.power(machine)
    again = host.driver.start(machine.instance_id)

    assert rescued.power is PowerState.RUNNING
    assert off is PowerState.SHUTDOWN
    assert again.power is PowerState.RUNNING


def test_a_running_machine_tells_what_it_has_done(host: Host) -> None:
    machine = host.a_running_machine()

    found = host.driver.diagnostics(machine.instance_id)
    host.driver.stop(machine.instance_id, timeout_s=0.1)

    assert (found.state, found.driver) == ("running", host.driver.name)
    assert found.uptime_s >= 0
    if host.driver.name == "qemu":
        assert (found.vcpus, found.ram_mib) == (machine.vcpus, machine.ram_mib)
        assert [disk.name for disk in found.disks] == ["root"]
    with pytest.raises(WrongState):
        host.driver.diagnostics(machine.instance_id)


def a_volume_of(host: Host, tmp_path: Path) -> MachineVolume:
    return a_volume(a_disk(tmp_path / "volume.qcow2"), disk_format="qcow2")


@pytest.mark.parametrize("runs", [True, False])
def test_a_volume_comes_and_goes_as_often_as_one_likes(
    host: Host, tmp_path: Path, runs: bool
) -> None:
    machine, volume = host.a_running_machine(), a_volume_of(host, tmp_path)
    if not runs:
        host.driver.stop(machine.instance_id, 0)

    for _ in range(2):
        host.driver.attach_volume(machine.instance_id, volume)
        host.driver.attach_volume(machine.instance_id, volume)
        host.driver.start(machine.instance_id)
        host.driver.detach_volume(machine.instance_id, volume.attachment_id, 0, force=True)
        host.driver.detach_volume(machine.instance_id, volume.attachment_id, 0, force=True)
        if not runs:
            host.driver.stop(machine.instance_id, 0)

    assert host.power(machine) is (PowerState.RUNNING if runs else PowerState.SHUTDOWN)


def test_a_machine_that_is_off_gives_its_volume_back_at_once(host: Host, tmp_path: Path) -> None:
    machine, volume = host.a_running_machine(), a_volume_of(host, tmp_path)
    host.driver.attach_volume(machine.instance_id, volume)
    host.driver.stop(machine.instance_id, 0)

    host.driver.detach_volume(machine.instance_id, volume.attachment_id, 0)

    assert host.driver.grow_volume(machine.instance_id, volume.attachment_id, 2**25) is False


def test_a_machine_that_is_not_here_gets_no_volume(host: Host, tmp_path: Path) -> None:
    volume = a_volume_of(host, tmp_path)

    with pytest.raises(NotFound):
        host.driver.attach_volume(an_id(), volume)
    with pytest.raises(NotFound):
        host.driver.detach_volume(an_id(), volume.attachment_id, 0)


def test_a_copy_of_the_disk_is_whole_whether_the_machine_runs_or_not(host: Host) -> None:
    machine = host.a_running_machine()

    for _ in range(2):  # the second time it is there already
        host.driver.copy_disk(machine.instance_id, "one")
    assert host.power(machine) is PowerState.RUNNING
    host.driver.pause(machine.instance_id)
    host.driver.copy_disk(machine.instance_id, "held")
    host.driver.stop(machine.instance_id, 0.0)
    host.driver.copy_disk(machine.instance_id, "off")

    for token in ("one", "held", "off"):
        with host.driver.open_copy(machine.instance_id, token) as copy:
            assert copy.read(4) == b"QFI\xfb"


def test_a_copy_that_is_dropped_is_gone_and_absent_is_fine(host: Host) -> None:
    machine = host.a_running_machine()
    host.driver.copy_disk(machine.instance_id, "one")

    for _ in range(2):
        host.driver.drop_copy(machine.instance_id, "one")

    with (
        pytest.raises(NotFound) as absent,
        host.driver.open_copy(machine.instance_id, "one"),
    ):
        pass
    assert absent.value.code == "copy-not-found"


def test_a_copy_needs_a_machine(host: Host) -> None:
    with pytest.raises(NotFound):
        host.driver.copy_disk(an_id(), "one")
    host.driver.drop_copy(an_id(), "one")
