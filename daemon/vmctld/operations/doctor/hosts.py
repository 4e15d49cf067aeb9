"""The hosts: their drivers, KVM, and whether they are heard of."""

from __future__ import annotations

import functools
import os
import subprocess
from collections import Counter
from datetime import timedelta
from pathlib import Path

from vmctld.domain.counting import counted
from vmctld.domain.operations import Diagnosis, Outcome
from vmctld.observe.cores import CORES
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import hosts as host_records

DOWN_AFTER = timedelta(seconds=60)  # nova's service_down_time; hosts report every 10 s
VERSION_TIMEOUT_S = 5.0
SHOWN = 5


def driver(installation: Installation) -> Diagnosis:
    """Which hypervisor runs the machines of this process's hosts?"""
    names = Counter(each.name for each in installation.drivers.values())
    if not names:
        return Diagnosis("driver", Outcome.OK, "no host in this process")
    said = ", ".join(
        f"{name} on {counted(number, 'host')}" for name, number in sorted(names.items())
    )
    if "qemu" not in names:
        return Diagnosis("driver", Outcome.OK, said)
    from vmctld.drivers.qemu.tools import find_tools  # only where it is the driver

    tools = find_tools()
    versions = (_version_of(tools.qemu), _version_of(tools.qemu_img))
    return Diagnosis("driver", Outcome.OK, f"{said}; " + "; ".join(versions))


def kvm(installation: Installation) -> Diagnosis:
    """Do guests run on the processor itself, or are they emulated?"""
    if all(each.name != "qemu" for each in installation.drivers.values()):
        return Diagnosis("kvm", Outcome.OK, "not needed: no host runs real machines here")
    from vmctld.drivers.qemu.kvm import DEVICE, probe_kvm

    verdict = probe_kvm()
    if verdict.works:
        return Diagnosis("kvm", Outcome.OK, f"worked at the daemon's start: {verdict.reason}")
    remedy = "turn virtualization on in the firmware, or nested virtualization on the outer host"
    if DEVICE.exists() and not os.access(DEVICE, os.R_OK | os.W_OK):
        remedy = f"let the daemon's user open {DEVICE}: add it to the group that owns it"
    return Diagnosis(
        "kvm",
        Outcome.WARNING,
        f"did not work at the daemon's start: {verdict.reason}; guests are emulated, and slow",
        remedy,
    )


def hosts(installation: Installation) -> Diagnosis:
    """Which hosts have been heard of lately?"""
    now = installation.clock()
    with installation.database.read() as tx:
        known = host_records.everything(tx)
    down = [host.name for host in known if now - host.seen_at > DOWN_AFTER]
    disabled = sum(not host.enabled for host in known)
    said = f"{len(known) - len(down)} of {len(known)} up, {disabled} disabled"
    if not known or len(down) == len(known):
        return Diagnosis(
            "hosts", Outcome.FAILED, said, "start a daemon with the role compute, look at its log"
        )
    if down:
        names = ", ".join(down[:SHOWN])
        return Diagnosis(
            "hosts", Outcome.WARNING, f"{said}; down: {names}", "look at the log of their daemons"
        )
    return Diagnosis("hosts", Outcome.OK, said)


@functools.cache
def _version_of(program: Path) -> str:
    with CORES.roaming():
        done = subprocess.run(  # noqa: S603 - a program of the driver's, found at start
            [str(program), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=VERSION_TIMEOUT_S,
            check=False,
        )
    lines = done.stdout.splitlines()
    return lines[0] if lines else f"{program.name} does not tell its version"
