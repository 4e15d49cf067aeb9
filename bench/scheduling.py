"""One scheduling decision with its claim, among 10,000 hosts."""

from __future__ import annotations

import statistics
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from bench.boots import transaction_ms
from bench.table import Row
from vmctld.compute.scheduler.look import decide
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.compute.scheduler.view import HostView
from vmctld.domain.host import HostState
from vmctld.domain.instance import Resources
from vmctld.domain.machine import HostCapacity
from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.repositories import hosts
from vmctld.storage.schema import ensure_schema

HOSTS = 10_000
DECISIONS = 1_000


def measure() -> list[Row]:
    """Return the row of the scheduling figure."""
    with tempfile.TemporaryDirectory() as scratch:
        database = Database(sqlite_url(Path(scratch) / "hosts.db"))
        try:
            median_ms = _decide(database)
        finally:
            database.close()
    return [
        Row(
            f"decision and claim, {HOSTS:,} hosts",
            f"{median_ms:.3f} ms",
            f"{median_ms / transaction_ms():.1f} x a transaction",
            "at most 1 ms",
        )
    ]


def _decide(database: Database) -> float:
    ensure_schema(database)
    now = datetime.now(UTC)
    capacity = HostCapacity(64, 262_144, 4_000)
    with database.write() as tx:
        hosts.seen(tx, [(f"host-{n:05}", "nova", "fake", capacity) for n in range(HOSTS)], now)
    view = HostView(lambda: _load(database))
    view.reload()
    times = []
    for number in range(DECISIONS):
        request = PlacementRequest(Resources(1, 128, 1), None, None, (), number, now)
        began = time.perf_counter()
        ranking = decide(view, request)
        with database.write() as tx:
            host = hosts.claim(tx, str(uuid.uuid4()), ranking.candidates[0], request.resources, now)
        assert host is not None
        view.claimed(host)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _load(database: Database) -> list[HostState]:
    with database.read() as tx:
        return hosts.everything(tx)
