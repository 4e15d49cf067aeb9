"""Quota usages of projects with and without instances."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.living import put
from vmctld.operations.audit.checks.quotas import quota_usages
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.tables.compute import QuotaUsageRow

Look = Callable[..., list[Suspect]]


def test_a_project_without_instances_uses_nothing(
    installation: Installation, look: Look, mend: Callable[[Suspect], None]
) -> None:
    with installation.database.write() as tx:
        put(tx, QuotaUsageRow, project_id="empty", instances=1, cores=2, ram_mib=3)

    (suspect,) = look(quota_usages)
    mend(suspect)

    assert suspect.detail == "instances, cores, MiB recorded 1/2/3, counted 0/0/0"
    assert look(quota_usages) == []


def test_a_project_whose_use_was_never_recorded_is_found(
    installation: Installation, look: Look, mend: Callable[[Suspect], None]
) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM quota_usages")

    (suspect,) = look(quota_usages)
    mend(suspect)

    assert suspect.detail == "instances, cores, MiB recorded 0/0/0, counted 1/1/128"
    assert look(quota_usages) == []
