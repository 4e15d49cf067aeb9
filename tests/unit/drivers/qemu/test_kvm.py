from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from vmctld.drivers.qemu import kvm
from vmctld.drivers.qemu.kvm import KvmVerdict, probe_kvm, verdict_of


@pytest.fixture(autouse=True)
def forgotten_verdict() -> None:
    probe_kvm.cache_clear()


def test_a_host_without_the_device_has_no_kvm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kvm, "DEVICE", tmp_path / "kvm")

    assert probe_kvm() == KvmVerdict(works=False, reason="there is no /dev/kvm")


def test_a_guest_that_reports_success_proves_kvm() -> None:
    assert verdict_of(0, "works").works


@pytest.mark.parametrize(
    ("exit_code", "printed", "reason"),
    [
        (0, "a guest computed a wrong result", "a guest computed a wrong result"),
        (-signal.SIGALRM, "", "a guest is emulated, and takes too long"),
        (-signal.SIGSEGV, "", "the probe ended with status -11"),
        (1, "works", "works"),
    ],
)
def test_any_other_end_disproves_it(exit_code: int, printed: str, reason: str) -> None:
    assert verdict_of(exit_code, printed) == KvmVerdict(works=False, reason=reason)


def test_a_probe_that_hangs_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = tmp_path / "probe.py"
    hanging.write_text("import time; time.sleep(3600)")
    monkeypatch.setattr(kvm, "DEVICE", hanging)
    monkeypatch.setattr(kvm, "PROBE", hanging)
    monkeypatch.setattr(kvm, "LIMIT_S", 0.1)

    assert probe_kvm().reason == f"the probe did not end well: {subprocess.TimeoutExpired.__name__}"


def test_the_probe_has_a_verdict_on_this_host() -> None:
    verdict = probe_kvm()

    assert verdict.works or verdict.reason
