"""What QEMU counts of a running machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from vmctld.domain.machine import Diagnostics, DiskCounters
from vmctld.drivers.qemu.monitors import Monitors
from vmctld.drivers.qemu.process import QemuProcess
from vmctld.drivers.qemu.record import MachineRecord
from vmctld.drivers.qemu.status import power_of

DISK = "disk-"  # how argv.py names the devices


def diagnostics_of(
    record: MachineRecord, process: QemuProcess, monitors: Monitors, driver: str
) -> Diagnostics:
    """Return what the machine has done so far.  Raises HypervisorFailed."""
    with monitors.talk(record.instance_id) as monitor:
        power = power_of(monitor.execute("query-status"))
        counted = monitor.execute("query-blockstats")
    started_at = process.started_at()
    return Diagnostics(
        state=power.name.lower(),
        driver=driver,
        accelerator=record.accelerator,
        vcpus=record.machine.vcpus,
        ram_mib=record.machine.ram_mib,
        uptime_s=max(int((datetime.now(UTC) - started_at).total_seconds()), 0),
        cpu_time_s=round(process.cpu_s() or 0.0, 2),
        disks=disks_in(counted),
        macs=tuple(port.mac for port in record.machine.ports),
    )


def disks_in(counted: object) -> tuple[DiskCounters, ...]:
    """Return the counters in QEMU's answer to ``query-blockstats``, those of devices alone."""
    found = []
    for one in counted if isinstance(counted, list) else []:
        words = str(one.get("qdev", "")).split("/") if isinstance(one, Mapping) else []
        names = [word.removeprefix(DISK) for word in words if word.startswith(DISK)]
        if names:
            stats = one.get("stats", {})
            found.append(
                DiskCounters(
                    name=names[0],
                    read_bytes=int(stats.get("rd_bytes", 0)),
                    read_requests=int(stats.get("rd_operations", 0)),
                    write_bytes=int(stats.get("wr_bytes", 0)),
                    write_requests=int(stats.get("wr_operations", 0)),
                )
            )
    return tuple(found)
