"""Key pairs: each user's own public keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON, FakeClock
from tests.support.database import a_database
from vmctld.compute.keypairs import Keypairs
from vmctld.compute.quotas import ProjectQuotas
from vmctld.domain.identity import User
from vmctld.domain.paging import Page
from vmctld.errors import AlreadyExists, Forbidden, InvalidRequest, NotFound, QuotaExceeded
from vmctld.storage.database import Database
from vmctld.storage.repositories import users

ALICE = "33333333-3333-4333-8333-333333333333"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNX/3chmQSVTG4 alice"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def quotas(database: Database) -> ProjectQuotas:
    return ProjectQuotas(database)


@pytest.fixture
def keypairs(database: Database, quotas: ProjectQuotas) -> Keypairs:
    return Keypairs(database, FakeClock(), quotas)


def test_a_key_is_kept_for_its_user(keypairs: Keypairs) -> None:
    kept = keypairs.import_keypair(a_caller(), " laptop ", KEY)

    assert keypairs.get_keypair(a_caller(), "laptop") == kept
    assert (kept.name, kept.kind, kept.public_key, kept.created_at) == ("laptop", "ssh", KEY, NOON)
    assert kept.fingerprint.startswith("SHA256:")


def test_a_key_is_its_users_in_every_project_and_nobody_elses(keypairs: Keypairs) -> None:
    kept = keypairs.import_keypair(a_caller("demo"), "laptop", KEY)

    assert keypairs.get_keypair(a_caller("other"), "laptop") == kept
    for stranger in (a_caller("demo", user="bob"), an_admin()):
        with pytest.raises(NotFound) as refusal:
            keypairs.get_keypair(stranger, "laptop")
        assert refusal.value.code == "key-pair-not-found"
        assert keypairs.list_keypairs(stranger, Page()) == []
        with pytest.raises(NotFound):
            keypairs.delete_keypair(stranger, "laptop")


def test_a_name_is_taken_once_for_each_user(keypairs: Keypairs) -> None:
    keypairs.import_keypair(a_caller(), "laptop", KEY)
    keypairs.import_keypair(a_caller(user="bob"), "laptop", KEY)

    with pytest.raises(AlreadyExists) as refusal:
        keypairs.import_keypair(a_caller(), "laptop", KEY)

    assert refusal.value.code == "key-pair-exists"


@pytest.mark.parametrize("name", ["", "-x", "x" * 256, "a,b"])
def test_a_name_that_cannot_be_is_refused(keypairs: Keypairs, name: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        keypairs.import_keypair(a_caller(), name, KEY)

    assert refusal.value.code == "invalid-name"


def test_a_private_key_is_not_kept(keypairs: Keypairs) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        keypairs.import_keypair(a_caller(), "k", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3B\n")

    assert refusal.value.code == "private-key-given"
    assert keypairs.list_keypairs(a_caller(), Page()) == []


def test_a_list_is_sorted_by_name_and_paged(keypairs: Keypairs) -> None:
    for name in ("c", "a", "b"):
        keypairs.import_keypair(a_caller(), name, KEY)

    first = keypairs.list_keypairs(a_caller(), Page(limit=2))
    rest = keypairs.list_keypairs(a_caller(), Page(limit=2, marker="b"))

    assert [key.name for key in (*first, *rest)] == ["a", "b", "c"]


def test_a_deleted_key_is_gone(keypairs: Keypairs) -> None:
    keypairs.import_keypair(a_caller(), "laptop", KEY)
    keypairs.delete_keypair(a_caller(), "laptop")

    with pytest.raises(NotFound):
        keypairs.delete_keypair(a_caller(), "laptop")


def test_more_keys_than_the_quota_are_refused(keypairs: Keypairs, quotas: ProjectQuotas) -> None:
    quotas.update_quotas(an_admin("demo"), {"key_pairs": 1})
    keypairs.import_keypair(a_caller(), "one", KEY)

    with pytest.raises(QuotaExceeded, match="already used 1 of 1 key_pairs"):
        keypairs.import_keypair(a_caller(), "two", KEY)

    assert {q.resource: q.used for q in quotas.get_quotas(a_caller()).quotas}["key_pairs"] == 1


def test_an_admin_keeps_keys_for_others(keypairs: Keypairs, database: Database) -> None:
    with database.write() as tx:
        users.add(tx, User(ALICE, "alice", "", True, None, NOON), "hash")
    alice = replace(a_caller(), user_id=ALICE)

    keypairs.import_keypair(an_admin(), "given", KEY, user="alice")

    assert keypairs.get_keypair(alice, "given").user_id == ALICE
    assert keypairs.get_keypair(alice, "given", user="alice").name == "given"
    assert [one.name for one in keypairs.list_keypairs(an_admin(), Page(), user=ALICE)] == ["given"]
    keypairs.delete_keypair(an_admin(), "given", user=ALICE)
    assert keypairs.list_keypairs(alice, Page()) == []


def test_others_keys_are_for_admins(keypairs: Keypairs) -> None:
    for ask in (
        lambda: keypairs.import_keypair(a_caller(), "x", KEY, user="bob"),
        lambda: keypairs.get_keypair(a_caller(), "x", user="bob"),
        lambda: keypairs.list_keypairs(a_caller(), Page(), user="bob"),
        lambda: keypairs.delete_keypair(a_caller(), "x", user="bob"),
    ):
        with pytest.raises(Forbidden):
            ask()
