from __future__ import annotations

import pytest

from tests.support.machines import a_machine
from vmctld.domain.machine import PowerState
from vmctld.drivers.qemu.record import Phase, intent
from vmctld.drivers.qemu.status import (
    POWER_WITHOUT_PROCESS,
    machine_status,
    power_of,
    unknown_status,
)


@pytest.mark.parametrize(
    ("status", "power"),
    [
        ("running", PowerState.RUNNING),
        ("paused", PowerState.PAUSED),
        ("io-error", PowerState.PAUSED),
        ("prelaunch", PowerState.PAUSED),
        ("suspended", PowerState.SUSPENDED),
        ("shutdown", PowerState.SHUTDOWN),
        ("guest-panicked", PowerState.CRASHED),
        ("internal-error", PowerState.CRASHED),
    ],
)
def test_qemus_run_state_is_a_power_state(status: str, power: PowerState) -> None:
    assert power_of({"status": status, "running": status == "running"}) is power


def test_every_phase_says_what_a_machine_without_a_process_is() -> None:
    assert set(POWER_WITHOUT_PROCESS) == set(Phase)


def test_a_record_without_a_process_has_no_pid() -> None:
    record = intent(a_machine(attempt=4), guest_uid=None, accelerator="tcg")

    status = machine_status(record, PowerState.NOSTATE, process=None)

    assert (status.attempt, status.pid, status.accelerator) == (4, None, "tcg")


def test_what_is_unknown_is_not_called_absent() -> None:
    assert unknown_status("i").power is None
