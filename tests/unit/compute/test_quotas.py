"""Quotas: how much a project may have, and taking it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import insert

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON, FakeClock
from tests.support.database import a_database
from vmctld.compute.quotas import LIFETIME_S, ProjectQuotas
from vmctld.domain.instance import VmState
from vmctld.domain.quota import DEFAULT_LIMITS, Usage
from vmctld.errors import Forbidden, InvalidRequest, NotFound, QuotaExceeded
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.repositories.instances import TABLE as INSTANCES
from vmctld.storage.tables.identity import ProjectRow

LAB = "0c7a1d1e-0000-4000-8000-000000000001"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def quotas(database: Database, clock: FakeClock) -> ProjectQuotas:
    return ProjectQuotas(database, clock.monotonic)


def claim(
    quotas: ProjectQuotas,
    database: Database,
    instances: int = 1,
    cores: int = 1,
    ram_mib: int = 512,
) -> None:
    with database.write() as tx:
        quotas.claim(tx, "demo", instances=instances, cores=cores, ram_mib=ram_mib)


def used(quotas: ProjectQuotas) -> dict[str, int]:
    return {quota.resource: quota.used for quota in quotas.get_quotas(a_caller()).quotas}


def test_a_project_has_novas_limits_and_uses_nothing(quotas: ProjectQuotas) -> None:
    listed = quotas.get_quotas(a_caller())

    assert listed.project_id == "demo"
    assert {quota.resource: quota.limit for quota in listed.quotas} == DEFAULT_LIMITS
    assert [quota.resource for quota in listed.quotas] == sorted(DEFAULT_LIMITS)
    assert all(quota.used == 0 for quota in listed.quotas)


def test_what_is_claimed_is_used_until_it_is_given_back(
    quotas: ProjectQuotas, database: Database
) -> None:
    claim(quotas, database, instances=2, cores=4, ram_mib=2048)
    assert (used(quotas)["instances"], used(quotas)["cores"], used(quotas)["ram_mib"]) == (
        2,
        4,
        2048,
    )

    with database.write() as tx:
        quotas.release(tx, "demo", instances=2, cores=4, ram_mib=2048)

    assert used(quotas)["instances"] == 0


def test_the_last_of_a_quota_can_be_had_and_no_more_in_novas_words(
    quotas: ProjectQuotas, database: Database
) -> None:
    claim(quotas, database, cores=19)

    with pytest.raises(QuotaExceeded) as refusal:
        claim(quotas, database, cores=2)

    assert refusal.value.message == (
        "Quota exceeded for cores: Requested 2, but already used 19 of 20 cores"
    )
    assert refusal.value.facts == {"cores": {"requested": 2, "used": 19, "limit": 20}}
    claim(quotas, database, cores=1)


def test_several_resources_are_refused_together(quotas: ProjectQuotas, database: Database) -> None:
    claim(quotas, database, instances=10, cores=20)

    with pytest.raises(QuotaExceeded) as refusal:
        claim(quotas, database, cores=2, ram_mib=60000)

    assert refusal.value.message == (
        "Quota exceeded for instances, cores, ram: Requested 1, 2, 60000, "
        "but already used 10, 20, 512 of 10, 20, 51200 instances, cores, ram"
    )


def test_a_refused_first_claim_uses_nothing(quotas: ProjectQuotas, database: Database) -> None:
    with pytest.raises(QuotaExceeded):
        claim(quotas, database, instances=11)

    assert used(quotas)["instances"] == 0


def test_claims_at_the_same_time_never_pass_the_limit(
    quotas: ProjectQuotas, database: Database
) -> None:
    def attempt(_: int) -> bool:
        try:
            claim(quotas, database)
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = sum(pool.map(attempt, range(30)))

    assert accepted == 10
    assert used(quotas)["instances"] == 10


def test_a_new_limit_holds_at_once_and_unlimited_has_none(
    quotas: ProjectQuotas, database: Database
) -> None:
    claim(quotas, database, instances=10)
    quotas.update_quotas(an_admin("demo"), {"instances": 11, "cores": -1})

    claim(quotas, database, cores=1000)

    with pytest.raises(QuotaExceeded, match="already used 11 of 11 instances"):
        claim(quotas, database)
    quotas.update_quotas(an_admin("demo"), {"instances": 12})
    claim(quotas, database)


@pytest.mark.parametrize(("limit", "allowed"), [(2, 2), (0, 0), (-1, 10_000)])
def test_a_server_has_as_much_metadata_as_its_projects_quota_says(
    quotas: ProjectQuotas, database: Database, limit: int, allowed: int
) -> None:
    quotas.update_quotas(an_admin("demo"), {"metadata_items": limit})

    with database.write() as tx:
        quotas.check_metadata_items(tx, "demo", allowed)
        if limit >= 0:
            with pytest.raises(QuotaExceeded, match=f"at most {limit} are allowed"):
                quotas.check_metadata_items(tx, "demo", allowed + 1)


def test_another_processs_new_limit_holds_soon(
    quotas: ProjectQuotas, database: Database, clock: FakeClock
) -> None:
    claim(quotas, database)
    ProjectQuotas(database).update_quotas(an_admin("demo"), {"instances": 1})
    clock.advance(LIFETIME_S)

    with pytest.raises(QuotaExceeded):
        claim(quotas, database)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"floating_ips": 5}, "unknown-quota"),
        ({"instances": -2}, "invalid-quota"),
        ({"instances": 2**31}, "invalid-quota"),
        ({"cores": 5, "x": 1}, "unknown-quota"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_and_changes_nothing(
    quotas: ProjectQuotas, limits: dict[str, int], code: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        quotas.update_quotas(an_admin(), limits)

    assert refusal.value.code == code
    assert {q.resource: q.limit for q in quotas.get_quotas(an_admin()).quotas} == DEFAULT_LIMITS


def test_only_an_admin_changes_quotas_or_sees_anothers(
    quotas: ProjectQuotas, database: Database
) -> None:
    with database.write() as tx:
        row = {"id": LAB, "name": "lab", "description": "", "enabled": True, "created_at": NOON}
        tx.execute(insert(core(ProjectRow)), row)

    quotas.update_quotas(an_admin(), {"cores": 3}, "lab")

    assert quotas.get_quotas(an_admin(), "lab").project_id == LAB
    for forbidden in (
        lambda: quotas.get_quotas(a_caller(), "lab"),
        lambda: quotas.update_quotas(a_caller(), {"cores": 1000}),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    with pytest.raises(NotFound):
        quotas.get_quotas(an_admin(), "nowhere")


def test_a_caller_names_their_own_project_as_they_like(quotas: ProjectQuotas) -> None:
    assert quotas.get_quotas(a_caller(), "demo") == quotas.get_quotas(a_caller())


def test_a_recount_sets_use_to_what_living_instances_say(
    quotas: ProjectQuotas, database: Database
) -> None:
    claim(quotas, database, instances=7, cores=7, ram_mib=7)
    with database.write() as tx:
        for number, state in enumerate((VmState.ACTIVE, VmState.ERROR, VmState.DELETED)):
            tx.execute(insert(INSTANCES), an_instance_row(str(number), state))

    with database.write() as tx:
        counted = quotas.recount(tx, "demo")
        nothing = quotas.recount(tx, "empty")

    assert counted == Usage(2, 4, 1024)
    assert nothing == Usage()
    assert used(quotas)["cores"] == 4


def an_instance_row(instance_id: str, state: VmState) -> dict[str, object]:
    nullable = {column.name: None for column in INSTANCES.c if column.nullable}
    texts = {column.name: "" for column in INSTANCES.c if not column.nullable}
    return {
        **texts,
        **nullable,
        "id": instance_id,
        "project_id": "demo",
        "vm_state": state.value,
        "power_state": 0,
        "flavor": {},
        "vcpus": 2,
        "ram_mib": 512,
        "disk_gib": 1,
        "meta": {},
        "nics": [],
        "volumes": [],
        "addresses": [],
        "config_drive": True,
        "attempt": 1,
        "excluded_hosts": [],
        "launch_index": int(instance_id),
        "created_at": NOON,
        "updated_at": NOON,
    }


def test_memory_is_bounded(
    quotas: ProjectQuotas, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmctld.compute.quotas.MOST_KEPT", 3)

    with database.read() as tx:
        for number in range(10):
            quotas.limits_of(tx, f"project-{number}")

    assert len(quotas._kept) <= 3


def test_a_limit_goes_below_what_is_used_only_by_force(
    quotas: ProjectQuotas, database: Database
) -> None:
    claim(quotas, database, instances=3)

    with pytest.raises(InvalidRequest) as refusal:
        quotas.update_quotas(an_admin("demo"), {"instances": 2})

    assert refusal.value.code == "quota-below-use"
    assert refusal.value.message == (
        "Quota limit 2 for instances must be greater than or equal to already used and reserved 3."
    )
    quotas.update_quotas(an_admin("demo"), {"instances": 3, "cores": -1})
    quotas.update_quotas(an_admin("demo"), {"instances": 2}, force=True)
    with pytest.raises(QuotaExceeded):
        claim(quotas, database)


def test_what_was_set_is_taken_away_again(quotas: ProjectQuotas) -> None:
    quotas.update_quotas(an_admin("demo"), {"cores": 1})

    after = quotas.reset_quotas(an_admin("demo"))

    assert {quota.resource: quota.limit for quota in after.quotas} == DEFAULT_LIMITS


def test_the_default_class_holds_where_a_project_has_nothing_of_its_own(
    quotas: ProjectQuotas, database: Database
) -> None:
    quotas.update_quotas(an_admin("other"), {"cores": 7})
    quotas.update_class(an_admin(), {"cores": 2, "instances": 50}, "default")

    def cores(project: str) -> int:
        listed = quotas.get_quotas(an_admin(project)).quotas
        return next(quota.limit for quota in listed if quota.resource == "cores")

    assert (cores("demo"), cores("other")) == (2, 7)
    with pytest.raises(QuotaExceeded):
        claim(quotas, database, cores=3)
    shown = {quota.resource: quota.limit for quota in quotas.get_class().quotas}
    assert (shown["cores"], shown["instances"], shown["key_pairs"]) == (2, 50, 100)


def test_there_is_one_class_and_admins_change_it(quotas: ProjectQuotas) -> None:
    with pytest.raises(NotFound):
        quotas.get_class("gold")
    with pytest.raises(NotFound):
        quotas.update_class(an_admin(), {"cores": 1}, "gold")
    for forbidden in (
        lambda: quotas.update_class(a_caller(), {"cores": 1}),
        lambda: quotas.reset_quotas(a_caller()),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    with pytest.raises(InvalidRequest):
        quotas.update_class(an_admin(), {"floating_ips": 1})


def test_what_would_be_used_is_told_or_refused_without_taking_it(
    quotas: ProjectQuotas, database: Database
) -> None:
    claim(quotas, database, cores=19)

    with database.read() as tx:
        assert quotas.check(tx, "demo", Usage(1, 1, 128)) == Usage(2, 20, 640)
        with pytest.raises(QuotaExceeded, match="Requested 2, but already used 19 of 20 cores"):
            quotas.check(tx, "demo", Usage(1, 2, 128))

    assert used(quotas)["cores"] == 19
