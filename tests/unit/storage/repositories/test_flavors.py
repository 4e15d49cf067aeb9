"""Flavors in the database."""

from __future__ import annotations

from dataclasses import replace

from tests.support.filled import filled
from vmctld.domain.flavor import Flavor
from vmctld.storage.database import Database
from vmctld.storage.repositories import flavors


def test_a_flavor_comes_back_as_it_was_sorted_by_id(database: Database) -> None:
    one = replace(filled(Flavor), id="b", name="first")
    two = replace(one, id="a", name="second", description=None)

    with database.write() as tx:
        assert flavors.insert_flavor(tx, one)
        assert flavors.insert_flavor(tx, two)

    with database.read() as tx:
        assert flavors.all_flavors(tx) == (two, one)


def test_an_id_or_a_name_is_had_once_and_is_free_again(database: Database) -> None:
    one = replace(filled(Flavor), id="1", name="one")

    with database.write() as tx:
        assert flavors.insert_flavor(tx, one)
        assert not flavors.insert_flavor(tx, replace(one, id="2"))
        assert not flavors.insert_flavor(tx, replace(one, name="two"))
        assert flavors.delete_flavor(tx, "1")
        assert not flavors.delete_flavor(tx, "1")
        assert flavors.insert_flavor(tx, one)
