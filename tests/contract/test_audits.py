"""An audit on each database: it sees what does not add up, and mends it while others write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.clock import NOON, FakeClock
from tests.support.instances import an_instance, keep, keep_hosts
from vmctld.domain.instance import Resources
from vmctld.domain.machine import HostCapacity
from vmctld.operations.audit import Auditor
from vmctld.operations.installation import Installation
from vmctld.storage.database import Database
from vmctld.storage.repositories import hosts, quotas

WRITERS = 6


@pytest.fixture
def database(fresh_database: Callable[[], Database]) -> Iterator[Database]:
    database = fresh_database()
    yield database
    database.close()


@pytest.fixture
def auditor(database: Database, tmp_path: Path) -> Auditor:
    installation = Installation(
        database=database, state_dir=tmp_path, drivers={}, clock=FakeClock()
    )
    return Auditor(installation, pause=lambda _: None)


def _spoil(database: Database) -> None:
    with database.write() as tx:
        tx.execute(text("UPDATE hosts SET free_ram_mib = free_ram_mib - 7"))


def test_what_does_not_add_up_is_seen_and_mended(database: Database, auditor: Auditor) -> None:
    keep_hosts(database, "a")
    keep(database, an_instance(project_id="demo"))  # and its project's use is not counted
    _spoil(database)

    seen, mended, left = auditor.audit(), auditor.audit(repair=True), auditor.audit()

    found = {finding.invariant for finding in seen}
    assert len(found) >= 2
    assert {finding.invariant for finding in mended if finding.repaired} == found
    assert left == ()
    with database.read() as tx:
        assert quotas.usage_of(tx, "demo").instances == 1


def test_a_repair_amid_claims_counts_them_all(database: Database, auditor: Auditor) -> None:
    keep_hosts(database, "a", capacity=HostCapacity(10, 10_000_000, 100))
    enough, failures = threading.Event(), []

    def claim(number: int) -> None:
        turn = 0
        try:
            while not enough.is_set():
                turn += 1
                name, wanted = f"{number}-{turn}", Resources(0, 1, 0)
                database.run(lambda tx, n=name, w=wanted: hosts.claim(tx, n, "a", w, NOON))
        except BaseException as error:
            failures.append(error)

    writers = [threading.Thread(target=claim, args=(n,)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for _ in range(3):
        _spoil(database)
        auditor.audit(repair=True)
    enough.set()
    for writer in writers:
        writer.join(60)

    assert failures == []
    with database.read() as tx:
        (host,) = hosts.everything(tx)
        total = hosts.totals(tx, ["a"]).get("a", Resources(0, 0, 0))
    assert host.claimed == total
