"""Boots per second on the fake driver: accepted by gRPC, each with a port, until ACTIVE.

The floor is a transaction of this machine's SQLite, measured in the same run; a boot is
about a dozen of them.
"""

from __future__ import annotations

import multiprocessing
import sqlite3
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.daemon import Daemon, running, upload
from bench.table import Row

BOOTS = 1500
DOZEN = 12


@dataclass(frozen=True, slots=True)
class Rate:
    """What a run came to."""

    per_s: float
    cpu_ms: float  # of the daemon, each


def measure(guest: Path) -> list[Row]:
    """Return the rows of the boot figures."""
    floor_ms = transaction_ms() * DOZEN
    with running() as daemon:
        upload(daemon, guest)
        boot_many(daemon, clients=4, boots=100)  # warm
        eight = boot_many(daemon, clients=8, boots=BOOTS)
        thirty_two = boot_many(daemon, clients=32, boots=BOOTS)
        boot_many(daemon, clients=8, boots=5000 - 2 * BOOTS)
        crowded = boot_many(daemon, clients=8, boots=BOOTS)
    with running(VMCTLD_FAKE_HOSTS="1000") as daemon:
        upload(daemon, guest)
        boot_many(daemon, clients=4, boots=100)
        spread = boot_many(daemon, clients=8, boots=BOOTS)
    return [
        _row("boots/s, 8 clients", eight, floor_ms, "at least 100, 8 ms"),
        _row("boots/s, 32 clients", thirty_two, floor_ms, "at least 100, 8 ms"),
        _row("boots/s, 5,000 on one host", crowded, floor_ms, _part(crowded, eight)),
        _row("boots/s, 1,000 hosts", spread, floor_ms, _part(spread, eight)),
    ]


def boot_many(daemon: Daemon, clients: int, boots: int) -> Rate:
    """Boot from several processes at once and wait until all are ACTIVE."""
    processes = min(clients, 4)
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        pool.map(_warm, [daemon] * processes, chunksize=1)
        cpu, began = daemon.cpu_s(), time.perf_counter()
        shares = [(daemon, clients // processes, boots // processes)] * processes
        pool.starmap(_client, shares, chunksize=1)
        took = time.perf_counter() - began
        cpu = daemon.cpu_s() - cpu
    done = boots // processes * processes
    return Rate(done / took, cpu / done * 1000)


def transaction_ms() -> float:
    """Return what one small transaction costs on this machine, in this moment."""
    rounds = 2000
    with tempfile.TemporaryDirectory() as scratch:
        connection = sqlite3.connect(Path(scratch) / "floor.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)")
        began = time.perf_counter()
        for number in range(rounds):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO t (a) VALUES (?)", (str(number) * 20,))
            connection.execute("COMMIT")
        took = time.perf_counter() - began
        connection.close()
    return took / rounds * 1000


def _warm(daemon: Daemon) -> None:
    with daemon.channel() as channel:
        import grpc

        grpc.channel_ready_future(channel).result(timeout=30)


def _client(daemon: Daemon, threads: int, boots: int) -> None:
    """Be several clients: each boots one after the other; at the end all must be ACTIVE."""
    from concurrent.futures import ThreadPoolExecutor

    from vmctl.v1 import compute_pb2 as pb
    from vmctl.v1.compute_pb2_grpc import ComputeServiceStub

    with daemon.channel() as channel:
        stub = ComputeServiceStub(channel)
        request = pb.BootInstanceRequest(
            name="bench", flavor="m1.nano", image="tiny", nics=[pb.NicRequest(network="wide")]
        )

        def boot(_: int) -> str:
            answer = stub.BootInstance(request, metadata=daemon.metadata)
            return str(answer.instances[0].id)

        with ThreadPoolExecutor(threads) as pool:
            ids = list(pool.map(boot, range(boots)))
        for instance_id in ids:
            watch = pb.WatchInstanceRequest(instance=instance_id)
            *_, last = stub.WatchInstance(watch, metadata=daemon.metadata)
            assert last.instance.status == "ACTIVE", last.instance.fault.message


def _row(what: str, rate: Rate, floor_ms: float, wanted: str) -> Row:
    return Row(
        what=what,
        figure=f"{rate.per_s:.0f}/s, {rate.cpu_ms:.2f} ms CPU each",
        ratio=f"{rate.cpu_ms / floor_ms:.1f} x {DOZEN} transactions",
        wanted=wanted,
    )


def _part(rate: Rate, of: Rate) -> str:
    return f"at least 0.9 of the first: {rate.per_s / of.per_s:.2f}"
