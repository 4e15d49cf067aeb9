"""Which projects may use which private flavor, in the database."""

from __future__ import annotations

from vmctld.domain.flavor import FlavorAccess
from vmctld.storage.database import Database
from vmctld.storage.repositories import flavor_access

ACCESS = FlavorAccess("secret", "p1")


def test_access_is_kept_once_and_taken_once(database: Database) -> None:
    with database.write() as tx:
        added = [flavor_access.add(tx, ACCESS) for _ in range(2)]
        flavor_access.add(tx, FlavorAccess("secret", "p0"))
        flavor_access.add(tx, FlavorAccess("other", "p1"))
        listed = flavor_access.of_flavor(tx, "secret")
        removed = [flavor_access.remove(tx, ACCESS) for _ in range(2)]

    assert (added, removed) == ([True, False], [True, False])
    assert listed == (FlavorAccess("secret", "p0"), ACCESS)


def test_a_flavor_that_is_forgotten_takes_its_access_along(database: Database) -> None:
    with database.write() as tx:
        flavor_access.add(tx, ACCESS)
        flavor_access.add(tx, FlavorAccess("other", "p1"))

        flavor_access.forget_flavor(tx, "secret")

        assert flavor_access.everything(tx) == (FlavorAccess("other", "p1"),)
