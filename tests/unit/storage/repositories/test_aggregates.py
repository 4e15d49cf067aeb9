from __future__ import annotations

from typing import Any

from tests.support.clock import NOON
from tests.support.instances import keep_hosts
from vmctld.domain.aggregate import Aggregate
from vmctld.storage.database import Database
from vmctld.storage.repositories import aggregates


def _an_aggregate(name: str, **changes: Any) -> Aggregate:
    values: dict[str, Any] = {
        "id": f"id-of-{name}",
        "availability_zone": None,
        "hosts": (),
        "metadata": {},
    }
    return Aggregate(**{**values, "name": name, "created_at": NOON, "updated_at": NOON, **changes})


def _keep(database: Database, *made: Aggregate) -> None:
    with database.write() as tx:
        for aggregate in made:
            assert aggregates.insert(tx, aggregate)
            for host in aggregate.hosts:
                assert aggregates.add_host(tx, aggregate.id, host)


def test_an_aggregate_is_found_as_it_was_kept(database: Database) -> None:
    keep_hosts(database, "a", "b")
    fast = _an_aggregate(
        "fast", hosts=("a", "b"), metadata={"ssd": "true"}, availability_zone="mars"
    )
    slow = _an_aggregate("slow")
    _keep(database, slow, fast)

    with database.read() as tx:
        assert aggregates.get(tx, fast.id) == fast
        assert aggregates.get(tx, "nowhere") is None
        assert aggregates.everything(tx) == [fast, slow]


def test_a_name_is_given_once_and_a_host_is_in_it_once(database: Database) -> None:
    keep_hosts(database, "a")
    _keep(database, _an_aggregate("fast", hosts=("a",)))

    with database.write() as tx:
        assert not aggregates.insert(tx, _an_aggregate("fast", id="another"))
        assert not aggregates.add_host(tx, "id-of-fast", "a")
        assert aggregates.remove_host(tx, "id-of-fast", "a")
        assert not aggregates.remove_host(tx, "id-of-fast", "a")


def test_what_the_aggregates_of_a_host_say_is_put_together(database: Database) -> None:
    keep_hosts(database, "a", "b", "c")
    _keep(
        database,
        _an_aggregate("one", hosts=("a", "b"), metadata={"ssd": "true", "rack": "1"}),
        _an_aggregate("two", hosts=("a",), metadata={"rack": "2"}),
    )

    with database.read() as tx:
        found = aggregates.metadata_by_host(tx)

    assert found == {
        "a": {"ssd": {"true"}, "rack": {"1", "2"}},
        "b": {"ssd": {"true"}, "rack": {"1"}},
    }


def test_hosts_of_the_same_aggregates_share_what_those_say(database: Database) -> None:
    keep_hosts(database, "a", "b")
    _keep(database, _an_aggregate("one", hosts=("a", "b"), metadata={"ssd": "true"}))

    with database.read() as tx:
        found = aggregates.metadata_by_host(tx)

    assert found["a"] is found["b"]


def test_a_host_has_the_zone_of_its_aggregate(database: Database) -> None:
    keep_hosts(database, "a", "b")
    _keep(
        database,
        _an_aggregate("one", hosts=("a",), availability_zone="mars"),
        _an_aggregate("two", hosts=("a", "b")),
    )

    with database.read() as tx:
        assert aggregates.zones_of(tx, ["a", "b"]) == {"a": "mars"}


def test_an_aggregate_that_changed_or_went_is_found_so(database: Database) -> None:
    keep_hosts(database, "a")
    _keep(database, _an_aggregate("one", hosts=("a",)))

    with database.write() as tx:
        aggregates.change(
            tx,
            "id-of-one",
            name="two",
            availability_zone="mars",
            metadata={"k": "v"},
            now=NOON,
        )
        changed = aggregates.get(tx, "id-of-one")
        aggregates.remove(tx, "id-of-one")
        left = aggregates.everything(tx)

    assert changed == _an_aggregate(
        "two", id="id-of-one", hosts=("a",), availability_zone="mars", metadata={"k": "v"}
    )
    assert left == []
