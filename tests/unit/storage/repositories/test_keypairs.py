"""Public keys of users, in the database."""

from __future__ import annotations

from dataclasses import replace

from tests.support.filled import filled
from vmctld.domain.keypair import Keypair
from vmctld.domain.paging import Page
from vmctld.storage.database import Database
from vmctld.storage.repositories import keypairs

MINE = replace(filled(Keypair), user_id="alice", name="laptop")


def test_a_key_comes_back_to_its_user_alone(database: Database) -> None:
    with database.write() as tx:
        assert keypairs.insert_keypair(tx, MINE)

        assert keypairs.get_keypair(tx, "alice", "laptop") == MINE
        assert keypairs.list_keypairs(tx, "alice", Page()) == [MINE]
        assert keypairs.get_keypair(tx, "bob", "laptop") is None
        assert (keypairs.count_keypairs(tx, "alice"), keypairs.count_keypairs(tx, "bob")) == (1, 0)


def test_a_name_is_had_once_by_each_user_and_is_free_again(database: Database) -> None:
    with database.write() as tx:
        assert keypairs.insert_keypair(tx, MINE)
        assert not keypairs.insert_keypair(tx, MINE)
        assert keypairs.insert_keypair(tx, replace(MINE, user_id="bob"))
        assert keypairs.delete_keypair(tx, "alice", "laptop")
        assert not keypairs.delete_keypair(tx, "alice", "laptop")
        assert keypairs.get_keypair(tx, "bob", "laptop")
