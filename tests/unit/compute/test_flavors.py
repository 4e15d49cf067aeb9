"""Flavors: the sizes that instances can have."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from tests.support.database import a_database
from vmctld.compute.flavors import LIFETIME_S, Flavors, ensure_first_flavors
from vmctld.domain.flavor import FIRST_FLAVORS, Flavor
from vmctld.domain.paging import Page
from vmctld.errors import AlreadyExists, Forbidden, InvalidRequest, NotFound, NotSupported
from vmctld.storage.database import Database

SMALL = Flavor("s", "small", 1, 256, 1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def flavors(database: Database) -> Flavors:
    return Flavors(database)


def test_a_first_start_makes_novas_flavors_once(database: Database, flavors: Flavors) -> None:
    for _ in range(2):
        ensure_first_flavors(database, FakeClock())

    listed = flavors.list_flavors(a_caller(), Page())
    assert sorted(listed, key=lambda f: f.id) == sorted(FIRST_FLAVORS, key=lambda f: f.id)
    assert flavors.get_flavor(a_caller(), "m1.nano") == Flavor("42", "m1.nano", 1, 128, 1)
    assert flavors.get_flavor(a_caller(), "2") == Flavor("2", "m1.small", 1, 2048, 20)


def test_a_second_start_leaves_flavors_that_were_deleted_away(
    database: Database, flavors: Flavors
) -> None:
    ensure_first_flavors(database, FakeClock())
    for flavor in FIRST_FLAVORS:
        flavors.delete_flavor(an_admin(), flavor.id)

    ensure_first_flavors(database, FakeClock())

    assert flavors.list_flavors(an_admin(), Page()) == []


def test_a_flavor_is_found_by_id_and_by_name(flavors: Flavors) -> None:
    flavors.create_flavor(an_admin(), SMALL)

    assert flavors.get_flavor(a_caller(), "small") == SMALL
    assert flavors.get_flavor(a_caller(), " s ") == SMALL


@pytest.mark.parametrize("flavor_id", ["", "auto"])
def test_an_id_is_drawn_when_none_is_chosen(flavors: Flavors, flavor_id: str) -> None:
    made = flavors.create_flavor(an_admin(), replace(SMALL, id=flavor_id))

    assert str(uuid.UUID(made.id)) == made.id
    assert flavors.get_flavor(a_caller(), "small") == made


def test_every_field_is_kept(database: Database, flavors: Flavors) -> None:
    full = replace(SMALL, description="for tests", is_public=False, extra_specs={"hw:x": "1"})

    flavors.create_flavor(an_admin(), full)

    assert Flavors(database).get_flavor(an_admin(), "s") == full


@pytest.mark.parametrize(
    "second",
    [replace(SMALL, id="small", name="large"), replace(SMALL, id="l", name="s")],
    ids=["id-is-a-name", "name-is-an-id"],
)
def test_no_word_may_mean_two_flavors(flavors: Flavors, second: Flavor) -> None:
    flavors.create_flavor(an_admin(), SMALL)

    with pytest.raises(AlreadyExists, match="it would mean both") as refusal:
        flavors.create_flavor(an_admin(), second)

    assert refusal.value.code == "flavor-exists"
    assert len(flavors.list_flavors(an_admin(), Page())) == 1


@pytest.mark.parametrize(
    ("taken", "word"), [({"id": "s"}, "ID"), ({"name": "small"}, "name")], ids=["id", "name"]
)
def test_an_id_or_a_name_that_is_taken_is_refused(
    flavors: Flavors, taken: dict[str, str], word: str
) -> None:
    flavors.create_flavor(an_admin(), SMALL)

    with pytest.raises(AlreadyExists, match=rf"Flavor with {word} \w+ already exists") as refusal:
        flavors.create_flavor(an_admin(), replace(SMALL, **{"id": "o", "name": "other", **taken}))

    assert refusal.value.code == "flavor-exists"


@pytest.mark.parametrize(
    "wrong",
    [
        {"vcpus": 0},
        {"vcpus": -1},
        {"vcpus": 2**31},
        {"ram_mib": 0},
        {"disk_gib": -1},
        {"id": "a/b"},
        {"id": " a"},
        {"id": "-rf"},
        {"id": "x" * 256},
        {"name": ""},
        {"name": "x" * 256},
        {"name": "a\nb"},
        {"description": "x" * 256},
        {"extra_specs": {"a=b": "1"}},
        {"extra_specs": {"a": "\x00"}},
    ],
    ids=str,
)
def test_a_flavor_that_cannot_be_is_refused(flavors: Flavors, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        flavors.create_flavor(an_admin(), replace(SMALL, **wrong))

    assert flavors.list_flavors(an_admin(), Page()) == []


@pytest.mark.parametrize("disk", [{"ephemeral_gib": 1}, {"swap_mib": 64}], ids=str)
def test_further_disks_are_not_supported(flavors: Flavors, disk: dict[str, int]) -> None:
    with pytest.raises(NotSupported):
        flavors.create_flavor(an_admin(), replace(SMALL, **disk))


def test_only_an_admin_makes_and_deletes_flavors(flavors: Flavors) -> None:
    flavors.create_flavor(an_admin(), SMALL)

    with pytest.raises(Forbidden):
        flavors.create_flavor(a_caller(), replace(SMALL, id="o", name="o"))
    with pytest.raises(Forbidden):
        flavors.delete_flavor(a_caller(), "small")


def test_a_flavor_that_is_not_public_is_there_for_admins_only(flavors: Flavors) -> None:
    flavors.create_flavor(an_admin(), replace(SMALL, is_public=False))

    assert flavors.get_flavor(an_admin(), "small")
    assert flavors.list_flavors(a_caller(), Page()) == []
    with pytest.raises(NotFound) as refusal:
        flavors.get_flavor(a_caller(), "small")
    assert refusal.value.code == "flavor-not-found"


def test_a_list_is_sorted_by_id_filtered_and_paged(database: Database, flavors: Flavors) -> None:
    ensure_first_flavors(database, FakeClock())

    first = flavors.list_flavors(a_caller(), Page(limit=2), min_ram_mib=512, min_disk_gib=20)
    rest = flavors.list_flavors(
        a_caller(), Page(limit=9, marker=first[-1].id), min_ram_mib=512, min_disk_gib=20
    )

    assert [f.name for f in (*first, *rest)] == ["m1.small", "m1.medium", "m1.large", "m1.xlarge"]


def test_a_deleted_flavor_is_gone_and_deleting_it_again_is_not_found(flavors: Flavors) -> None:
    flavors.create_flavor(an_admin(), SMALL)
    flavors.delete_flavor(an_admin(), "small")

    with pytest.raises(NotFound):
        flavors.delete_flavor(an_admin(), "small")


def test_another_processs_flavor_is_seen_soon(database: Database) -> None:
    clock = FakeClock()
    flavors = Flavors(database, clock.monotonic)
    assert flavors.list_flavors(a_caller(), Page()) == []
    Flavors(database).create_flavor(an_admin(), SMALL)

    clock.advance(LIFETIME_S)

    assert flavors.get_flavor(a_caller(), "small") == SMALL


def test_a_flavor_that_another_process_deleted_is_not_found(database: Database) -> None:
    flavors = Flavors(database, FakeClock().monotonic)
    flavors.create_flavor(an_admin(), SMALL)
    flavors.get_flavor(a_caller(), "small")
    Flavors(database).delete_flavor(an_admin(), "small")

    with pytest.raises(NotFound):
        flavors.delete_flavor(an_admin(), "small")
