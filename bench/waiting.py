"""What people wait for: ACTIVE after ``boot``, with QEMU and without; and what idling costs."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from pathlib import Path

from bench.daemon import BIN, PASSWORD, Daemon, running, upload
from bench.floor import measure_floor
from bench.table import Row
from vmctl.v1 import compute_pb2 as pb
from vmctl.v1.compute_pb2_grpc import ComputeServiceStub

ROUNDS = 10
IDLE_S = 15


def measure(guest: Path) -> list[Row]:
    """Return the rows of the waiting figures."""
    floor = measure_floor(guest)
    with running("qemu") as daemon:
        upload(daemon, guest)
        active_s = statistics.median(_boot_to_active(daemon) for _ in range(ROUNDS))
    with running() as daemon:
        upload(daemon, guest)
        poll_s, list_s = _poll_and_list(daemon)
        idle = _idle(daemon)
    return [
        Row(
            "boot accepted to ACTIVE, QEMU",
            f"{active_s * 1000:.0f} ms",
            f"{active_s / floor.boot_s:.2f} x floor of {floor.boot_s * 1000:.0f} ms",
            "at most 2 x floor",
        ),
        Row(
            "boot --poll, fake, whole command",
            f"{poll_s * 1000:.0f} ms",
            f"vmctl list + {(poll_s - list_s) * 1000:.0f} ms",
            "at most vmctl list + 100 ms",
        ),
        idle,
    ]


def _boot_to_active(daemon: Daemon) -> float:
    with daemon.channel() as channel:
        stub = ComputeServiceStub(channel)
        request = pb.BootInstanceRequest(
            name="bench", flavor="m1.nano", image="tiny", nics=[pb.NicRequest(network="wide")]
        )
        accepted = stub.BootInstance(request, metadata=daemon.metadata).instances[0]
        began = time.perf_counter()
        watch = pb.WatchInstanceRequest(instance=accepted.id)
        *_, last = stub.WatchInstance(watch, metadata=daemon.metadata)
        took = time.perf_counter() - began
        assert last.instance.status == "ACTIVE", last.instance.fault.message
        stub.DeleteInstance(
            pb.DeleteInstanceRequest(instance=accepted.id), metadata=daemon.metadata
        )
        gone = pb.WatchInstanceRequest(instance=accepted.id, until_deleted=True)
        for _ in stub.WatchInstance(gone, metadata=daemon.metadata):
            pass
    return took


def _poll_and_list(daemon: Daemon) -> tuple[float, float]:
    environment = {
        **os.environ,
        "VMCTL_ENDPOINT": daemon.endpoint,
        "VMCTL_TOKEN": daemon.token,
        "VMCTL_PASSWORD": PASSWORD,
    }
    boot = ["boot", "--poll", "--flavor", "m1.nano", "--image", "tiny", "--nic", "net-name=wide"]
    poll, listing = [], []
    for number in range(ROUNDS):
        poll.append(_timed([*boot, f"poll-{number}"], environment))
        listing.append(_timed(["list"], environment))
    return statistics.median(poll), statistics.median(listing)


def _timed(arguments: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([BIN / "vmctl", *arguments], env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def _idle(daemon: Daemon) -> Row:
    cpu = daemon.cpu_s()
    time.sleep(IDLE_S)
    share = (daemon.cpu_s() - cpu) / IDLE_S
    return Row(
        "idle daemon",
        f"{share * 100:.2f} % of a core, {daemon.rss_mib():.0f} MiB",
        "",
        "under 1 %, under 150 MiB",
    )
