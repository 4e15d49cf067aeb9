"""I1, I2, I3, I11, I14: leaks among instances, hosts and quotas."""

from __future__ import annotations

import sqlite3
from typing import Any

from tests.support.planted.site import (
    Planted,
    Site,
    an_id,
    change,
    insert,
    one,
    remove,
)


def lost_request(site: Site) -> Planted:
    """An accepted instance is gone without a trace (I1); what it claimed stays."""
    with site.database() as db:
        remove(db, "instances", "id", site.instance_id)
    return Planted("I1", site.instance_id)


def doubled_request(site: Site) -> Planted:
    """One request made two instances of the same name (I2)."""
    twin = site.twin(vm_state="error", fault=site.fault())
    return Planted("I2", twin)


def stray_allocation(site: Site) -> Planted:
    """A host keeps room for an instance that never was."""
    stray = an_id()
    with site.database() as db:
        row = one(db, "allocations", "instance_id", site.instance_id)
        insert(db, "allocations", row | {"instance_id": stray})
        _take(db, row, 1)
    return Planted("I3", stray)


def lost_allocation(site: Site) -> Planted:
    """An instance runs on a host that thinks the room is free."""
    with site.database() as db:
        row = one(db, "allocations", "instance_id", site.instance_id)
        remove(db, "allocations", "instance_id", site.instance_id)
        _take(db, row, -1)
    return Planted("I3", site.instance_id)


def wrong_free_room(site: Site) -> Planted:
    """A host says that it has more room than it has."""
    with site.database() as db:
        host = one(db, "hosts", "name", site.instance()["host"])
        change(db, "hosts", "name", host["name"], free_ram_mib=host["free_ram_mib"] + 64)
    return Planted("I3", host["name"])


def overfull_host(site: Site) -> Planted:
    """A host has promised more RAM than it has."""
    with site.database() as db:
        host = one(db, "hosts", "name", site.instance()["host"])
        claimed = int(host["ram_mib"] * host["ram_ratio"]) - host["free_ram_mib"]
        change(db, "hosts", "name", host["name"], ram_ratio=0.0, free_ram_mib=-claimed)
    return Planted("I3", host["name"])


def overdue_build(site: Site) -> Planted:
    """An instance has been waiting for a host for far too long."""
    overdue = site.twin(
        vm_state="building", task_state="scheduling", deadline_at=None, updated_at=site.long_ago
    )
    return Planted("I11", overdue)


def wrong_quota(site: Site) -> Planted:
    """A project seems to use more than it has."""
    project_id = site.instance()["project_id"]
    with site.database() as db:
        db.execute("UPDATE quota_usages SET cores = cores + 1 WHERE project_id = ?", (project_id,))
    return Planted("I14", project_id)


def _take(db: sqlite3.Connection, row: dict[str, Any], times: int) -> None:
    """Take what an allocation says from its host's free room, so many times."""
    db.execute(
        "UPDATE hosts SET free_vcpus = free_vcpus - ?, free_ram_mib = free_ram_mib - ?, "
        "free_disk_gib = free_disk_gib - ?, instances = instances + ? WHERE name = ?",
        (
            times * row["vcpus"],
            times * row["ram_mib"],
            times * row["disk_gib"],
            times,
            row["host"],
        ),
    )
