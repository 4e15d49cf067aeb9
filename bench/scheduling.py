"""One scheduling decision with its claim, among 10,000 hosts, by what is asked for."""

from __future__ import annotations

import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.boots import transaction_ms
from bench.table import Row
from vmctld.compute.messages import PlaceInstance
from vmctld.compute.scheduler.asking import placement_request
from vmctld.compute.scheduler.look import decide
from vmctld.compute.scheduler.view import HostView
from vmctld.domain.aggregate import Aggregate
from vmctld.domain.host import HostState
from vmctld.domain.instance import Resources
from vmctld.domain.machine import HostCapacity
from vmctld.domain.server_group import Policy, ServerGroup
from vmctld.domain.wishes import Wishes
from vmctld.storage.database import Database, sqlite_url
from vmctld.storage.repositories import aggregates, host_rules, hosts, server_groups
from vmctld.storage.schema import ensure_schema

HOSTS = 10_000
DECISIONS = 500
RARE = 100  # hosts of the small zone
NANO = Resources(1, 128, 1)
Ask = Callable[[int], PlaceInstance]


def measure() -> list[Row]:
    """Return a row for each kind of request."""
    floor_ms = transaction_ms()
    with tempfile.TemporaryDirectory() as scratch:
        database = Database(sqlite_url(Path(scratch) / "hosts.db"))
        try:
            _lay_out(database)
            return [_row(database, what, ask, floor_ms) for what, ask in REQUESTS.items()]
        finally:
            database.close()


def _row(database: Database, what: str, ask: Ask, floor_ms: float) -> Row:
    median_ms = _decide(database, ask)
    return Row(
        f"decision and claim, {HOSTS:,} hosts: {what}",
        f"{median_ms:.3f} ms",
        f"{median_ms / floor_ms:.1f} x a transaction",
        "at most 1 ms",
    )


def _asked(number: int, *, zone: str | None = None, **wishes: str) -> PlaceInstance:
    return PlaceInstance(
        instance_id=str(uuid.uuid4()),
        attempt=1,
        project_id="demo",
        resources=NANO,
        availability_zone=zone,
        forced_host=None,
        excluded_hosts=(),
        flavor_name="m1.nano",
        extra_specs={"aggregate_instance_extra_specs:ssd": "true"} if zone else {},
        wishes=Wishes(seed=number, **wishes),  # type: ignore[arg-type]
    )


REQUESTS: dict[str, Ask] = {
    "plain": _asked,
    f"a zone of {RARE}, extra specs": lambda number: _asked(number, zone="rare"),
    "anti-affinity": lambda number: _asked(number, group_id=Policy.ANTI_AFFINITY.value),
    "soft-anti-affinity": lambda number: _asked(number, group_id=Policy.SOFT_ANTI_AFFINITY.value),
    "a query": lambda number: _asked(number, query='[">=", "$free_ram_mb", 1024]'),
}


def _lay_out(database: Database) -> None:
    """Make the hosts, a zone of a few of them, and a group of each policy."""
    ensure_schema(database)
    now = datetime.now(UTC)
    capacity = HostCapacity(64, 262_144, 4_000)
    names = [f"host-{number:05}" for number in range(HOSTS)]
    metadata = {"ssd": "true"}
    with database.write() as tx:
        hosts.seen(tx, [(name, "nova", "fake", capacity) for name in names], now)
        aggregates.insert(tx, Aggregate("rare", "rare", "rare", (), metadata, now, now))
        for name in names[-RARE:]:
            aggregates.add_host(tx, "rare", name)
        host_rules.apply_rules(tx, names[-RARE:])
        for policy in Policy:
            group = ServerGroup(policy.value, policy.value, "demo", "ada", policy, 1, (), now)
            server_groups.insert(tx, group)


def _decide(database: Database, ask: Ask) -> float:
    view = HostView(lambda: _load(database))
    view.reload()
    times = []
    for number in range(DECISIONS):
        message, now = ask(number), datetime.now(UTC)
        began = time.perf_counter()
        request = placement_request(database, message, now)
        ranking = decide(view, request)
        with database.write() as tx:
            group_id = message.wishes.group_id
            if group_id and request.group and request.group.policy.is_hard:
                server_groups.on_hosts(tx, group_id, lock=True)
            chosen = ranking.candidates[0]
            host = hosts.claim(tx, message.instance_id, chosen, request.resources, now)
        assert host is not None
        view.claimed(host)
        times.append((time.perf_counter() - began) * 1000)
        if group_id and number < 10:  # a group has as many members as its quota allows
            with database.write() as tx:
                server_groups.add_members(tx, group_id, [message.instance_id])
    return statistics.median(times)


def _load(database: Database) -> list[HostState]:
    with database.read() as tx:
        return hosts.everything(tx)
