"""Hosts that are silent, drivers that lack their tools, processors that lack KVM."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.living import CAPACITY, HOST, OTHER_HOST
from vmctld.domain.operations import Outcome
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.drivers.qemu import kvm, tools
from vmctld.drivers.qemu.kvm import KvmVerdict
from vmctld.errors import Unavailable
from vmctld.operations.doctor import Doctor, hosts
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import hosts as records


class LikeQemu(FakeDriver):
    """A driver of that name."""

    name = "qemu"


@pytest.fixture
def real(installation: Installation) -> Installation:
    """An installation whose host runs real machines."""
    return replace(installation, drivers={HOST: LikeQemu()})


def test_the_drivers_of_all_hosts_are_counted(installation: Installation) -> None:
    assert hosts.driver(installation).detail == "fake on 2 hosts"


def test_a_process_without_hosts_needs_no_driver(installation: Installation) -> None:
    assert hosts.driver(replace(installation, drivers={})).outcome is Outcome.OK


def test_the_hypervisor_tells_its_version(
    real: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = Path("/bin/echo")
    monkeypatch.setattr(tools, "find_tools", lambda: tools.Tools(echo, Path("/bin/true"), echo))

    detail = hosts.driver(real).detail

    assert detail.startswith("qemu on 1 host; ")
    assert detail.endswith("true does not tell its version") or "coreutils" in detail


def test_missing_tools_are_a_failure_with_what_to_install(
    real: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> tools.Tools:
        raise Unavailable("qemu-img not found", hint="apt-get install qemu-utils")

    monkeypatch.setattr(tools, "find_tools", missing)

    (diagnosis,) = Doctor(real, (("driver", hosts.driver),)).examine()

    assert (diagnosis.outcome, diagnosis.remedy) == (Outcome.FAILED, "apt-get install qemu-utils")


@pytest.mark.parametrize(("works", "outcome"), [(True, Outcome.OK), (False, Outcome.WARNING)])
def test_kvm_is_told_with_the_reason_of_its_proof(
    real: Installation, monkeypatch: pytest.MonkeyPatch, works: bool, outcome: Outcome
) -> None:
    monkeypatch.setattr(kvm, "probe_kvm", lambda: KvmVerdict(works=works, reason="so it is"))

    diagnosis = hosts.kvm(real)

    assert diagnosis.outcome is outcome
    assert "so it is" in diagnosis.detail


def test_a_device_that_the_daemon_may_not_open_is_told_from_a_processor_that_cannot(
    real: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    device = tmp_path / "kvm"
    device.touch()
    monkeypatch.setattr(kvm, "DEVICE", device)
    monkeypatch.setattr(kvm, "probe_kvm", lambda: KvmVerdict(works=False, reason="refused"))
    monkeypatch.setattr(hosts.os, "access", lambda _path, _mode: False)  # as for others than root

    diagnosis = hosts.kvm(real)

    assert diagnosis.remedy.startswith(f"let the daemon's user open {device}")


def test_a_fake_host_needs_no_kvm(installation: Installation) -> None:
    assert hosts.kvm(installation).outcome is Outcome.OK


def test_hosts_that_are_heard_of_are_up(installation: Installation) -> None:
    assert hosts.hosts(installation).detail == "2 of 2 up, 0 disabled"


def test_a_host_that_is_silent_for_a_minute_is_down(installation: Installation) -> None:
    later = replace(installation, clock=lambda: installation.clock() + timedelta(seconds=61))
    with installation.database.write() as tx:
        records.seen(tx, [(HOST, "nova", "fake", CAPACITY)], later.clock())

    diagnosis = hosts.hosts(later)

    assert diagnosis.outcome is Outcome.WARNING
    assert diagnosis.detail == f"1 of 2 up, 0 disabled; down: {OTHER_HOST}"


def test_a_cloud_without_a_host_that_is_up_is_a_failure(installation: Installation) -> None:
    later = replace(installation, clock=lambda: installation.clock() + timedelta(seconds=61))

    assert hosts.hosts(later).outcome is Outcome.FAILED
