"""What long lists cost: the wait for 1,000 servers, and the daemon's CPU for a page of 10,000.

One server is booted; the others are its copies, written as its own build left it: 10,000
builds are no part of a list.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench.daemon import BIN, Daemon, running, upload
from bench.table import Row
from vmctl.v1 import compute_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.compute_pb2_grpc import ComputeServiceStub
from vmctld.compute.placing import claims_of
from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.repositories import instances

SERVERS = 1_000
MANY = 10_000
RUNS = 20
CALLS = 50
GRPC = (sys.executable, "-c", "import click, grpc")


def measure(guest: Path) -> list[Row]:
    """Return the rows of the lists."""
    with running("fake") as daemon:
        template = _boot(daemon, upload(daemon, guest))
        _copy(daemon, template, SERVERS - 1)
        environment = {
            **os.environ,
            "VMCTL_ENDPOINT": daemon.endpoint,
            "VMCTL_TOKEN": daemon.token,
        }
        imports_s, listed_s = [], []
        for _ in range(RUNS):
            imports_s.append(_wall_s(GRPC, environment))
            listed_s.append(_wall_s((str(BIN / "vmctl"), "list"), environment))
        _copy(daemon, template, MANY - SERVERS)
        brief_ms, full_ms = (_page_cpu_ms(daemon, brief=brief) for brief in (True, False))
    p95_s = statistics.quantiles(listed_s, n=20)[-1]
    floor_s = statistics.median(imports_s)
    return [
        Row(
            f"vmctl list, {SERVERS:,} servers, p95",
            f"{p95_s * 1000:.0f} ms",
            f"{p95_s / floor_s:.1f} x import click, grpc",
            "at most 300 ms",
        ),
        Row(
            f"daemon, page 1 of {MANY:,}, a table's", f"{brief_ms:.1f} ms CPU", "", "at most 50 ms"
        ),
        Row(f"daemon, page 1 of {MANY:,}, in full", f"{full_ms:.1f} ms CPU", "", ""),
    ]


def _boot(daemon: Daemon, image_id: str) -> str:
    """Return the id of a server that runs."""
    with daemon.channel() as channel:
        stub = ComputeServiceStub(channel)
        request = pb.BootInstanceRequest(
            name="web",
            flavor="m1.nano",
            image=image_id,
            nics=[pb.NicRequest(network="wide")],
            metadata={"role": "web"},
            tags=["bench"],
        )
        (made,) = stub.BootInstance(request, metadata=daemon.metadata).instances
        watched = pb.WatchInstanceRequest(instance=made.id)
        for seen in stub.WatchInstance(watched, metadata=daemon.metadata):
            last = seen.instance
        assert last.status == "ACTIVE", last.fault
        return str(last.id)


def _copy(daemon: Daemon, template: str, count: int) -> None:
    """Write ``count`` more servers like the one that runs, on no host."""
    database = Database(sqlite_url(daemon.state_dir / "vmctl.db"))
    try:
        with database.write() as tx:
            like = instances.get(tx, template)
            assert like is not None
            made = [
                replace(
                    like,
                    id=str(uuid.uuid4()),
                    name=f"web-{number}",
                    host=None,
                    created_at=like.created_at - timedelta(seconds=number),
                )
                for number in range(count)
            ]
            instances.insert(tx, made, claims_of(like), None)
    finally:
        database.close()


def _page_cpu_ms(daemon: Daemon, *, brief: bool) -> float:
    with daemon.channel() as channel:
        stub = ComputeServiceStub(channel)
        request = pb.ListInstancesRequest(page=Page(limit=SERVERS), brief=brief)

        def ask() -> None:
            answer = stub.ListInstances(request, metadata=daemon.metadata)
            assert len(answer.instances) == SERVERS
            assert answer.next_marker

        ask()
        return _cpu_ms_each(daemon, ask)


def _cpu_ms_each(daemon: Daemon, ask: Callable[[], None]) -> float:
    """Return the daemon's CPU for one call; many are made, for its clock ticks coarsely."""
    before_s = daemon.cpu_s()
    for _ in range(CALLS):
        ask()
    return (daemon.cpu_s() - before_s) / CALLS * 1000


def _wall_s(command: tuple[str, ...], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
