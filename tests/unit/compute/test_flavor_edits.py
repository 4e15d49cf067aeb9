"""What admins change of flavors, and who may use private ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON
from tests.support.database import a_database
from vmctld.compute.flavor_edits import FlavorEdits
from vmctld.compute.flavors import MAX_EXTRA_SPECS, Flavors
from vmctld.domain.flavor import Flavor
from vmctld.domain.identity import Project
from vmctld.domain.paging import Page
from vmctld.errors import AlreadyExists, Conflict, Forbidden, InvalidRequest, NotFound
from vmctld.storage.database import Database
from vmctld.storage.repositories import projects

PUBLIC = Flavor("p", "public", 1, 256, 1, extra_specs={"hw:a": "1"})
PRIVATE = Flavor("s", "secret", 1, 256, 1, is_public=False)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    with database.write() as tx:
        projects.add(tx, Project(a_caller().project_id, "demo", "", True, NOON))
    yield database
    database.close()


@pytest.fixture
def flavors(database: Database) -> Flavors:
    known = Flavors(database)
    known.create_flavor(an_admin(), PUBLIC)
    known.create_flavor(an_admin(), PRIVATE)
    return known


@pytest.fixture
def edits(database: Database, flavors: Flavors) -> FlavorEdits:
    return FlavorEdits(database, flavors)


def test_a_description_is_changed_and_taken_away(edits: FlavorEdits, flavors: Flavors) -> None:
    assert edits.describe(an_admin(), "public", "for tests").description == "for tests"
    assert flavors.get_flavor(a_caller(), "p").description == "for tests"

    assert edits.describe(an_admin(), "p", "").description is None


def test_extra_specs_are_set_and_unset(edits: FlavorEdits, flavors: Flavors) -> None:
    edits.set_specs(an_admin(), "p", {"hw:a": "2", "hw:b": "3"})
    edits.unset_specs(an_admin(), "p", ["hw:a"])

    assert flavors.get_flavor(a_caller(), "p").extra_specs == {"hw:b": "3"}
    with pytest.raises(NotFound) as refused:
        edits.unset_specs(an_admin(), "p", ["hw:b", "hw:c"])
    assert refused.value.code == "extra-spec-not-found"
    assert flavors.get_flavor(a_caller(), "p").extra_specs == {"hw:b": "3"}


@pytest.mark.parametrize(
    "specs", [{"a=b": "1"}, {"a": "\n"}, {f"k{n}": "" for n in range(MAX_EXTRA_SPECS)}]
)
def test_extra_specs_that_cannot_be_are_refused(edits: FlavorEdits, specs: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        edits.set_specs(an_admin(), "p", specs)
    assert refused.value.code == "invalid-flavor"


def test_a_private_flavor_is_for_those_who_were_given_it(
    edits: FlavorEdits, flavors: Flavors
) -> None:
    with pytest.raises(NotFound):
        flavors.get_flavor(a_caller(), "secret")

    (given,) = edits.add_access(an_admin(), "secret", "demo")
    assert (given.flavor_id, given.project_id) == ("s", a_caller().project_id)
    assert flavors.get_flavor(a_caller(), "secret") == PRIVATE
    assert PRIVATE in flavors.list_flavors(a_caller(), Page())

    assert edits.remove_access(an_admin(), "secret", "demo") == ()
    with pytest.raises(NotFound):
        flavors.get_flavor(a_caller(), "secret")


def test_access_is_given_and_taken_once(edits: FlavorEdits) -> None:
    edits.add_access(an_admin(), "s", "demo")

    with pytest.raises(AlreadyExists) as exists:
        edits.add_access(an_admin(), "s", "demo")
    assert exists.value.code == "flavor-access-exists"
    edits.remove_access(an_admin(), "s", "demo")
    with pytest.raises(NotFound) as refused:
        edits.remove_access(an_admin(), "s", "demo")
    assert refused.value.code == "flavor-access-not-found"


def test_a_public_flavor_is_given_to_nobody(edits: FlavorEdits) -> None:
    for ask in (
        lambda: edits.access(an_admin(), "p"),
        lambda: edits.add_access(an_admin(), "p", "demo"),
        lambda: edits.remove_access(an_admin(), "p", "demo"),
    ):
        with pytest.raises(Conflict) as refused:
            ask()
        assert refused.value.code == "flavor-public"


def test_a_flavor_that_is_made_again_under_its_id_is_given_to_nobody(
    edits: FlavorEdits, flavors: Flavors
) -> None:
    edits.add_access(an_admin(), "s", "demo")
    flavors.delete_flavor(an_admin(), "s")

    flavors.create_flavor(an_admin(), replace(PRIVATE, name="other"))

    assert edits.access(an_admin(), "s") == ()


def test_only_admins_change_flavors(edits: FlavorEdits) -> None:
    asks: tuple[Callable[[], object], ...] = (
        lambda: edits.describe(a_caller(), "p", "x"),
        lambda: edits.set_specs(a_caller(), "p", {"a": "b"}),
        lambda: edits.unset_specs(a_caller(), "p", ["a"]),
        lambda: edits.access(a_caller(), "p"),
        lambda: edits.add_access(a_caller(), "p", "demo"),
        lambda: edits.remove_access(a_caller(), "p", "demo"),
    )
    for ask in asks:
        with pytest.raises(Forbidden):
            ask()
