"""Security groups and their rules, in the database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.clock import NOON
from vmctld.domain.paging import Page
from vmctld.domain.security_group import SecurityGroup, new_group
from vmctld.storage.database import Database
from vmctld.storage.repositories import security_groups

WEB = new_group("3f2b1c66-1111-4222-8333-444455556666", "web", "demo", "for all", NOON)
DB = new_group("3f2b1c66-1111-4222-8333-444455556667", "db", "demo", "", NOON)
OTHER = new_group("3f2b1c66-1111-4222-8333-444455556668", "web", "other", "", NOON)
FROM_WEB = replace(
    DB.rules[0],
    id="from-web",
    protocol="tcp",
    first=5432,
    last=5433,
    remote_group_id=WEB.id,
    description="queries",
)


@pytest.fixture(autouse=True)
def some_groups(database: Database) -> None:
    with database.write() as tx:
        for group in (WEB, DB, OTHER):
            assert security_groups.insert_group(tx, group)
        security_groups.insert_rule(tx, FROM_WEB)


def test_a_group_is_made_once(database: Database) -> None:
    with database.write() as tx:
        assert not security_groups.insert_group(tx, replace(WEB, name="again"))
        assert security_groups.groups_of_ids(tx, [WEB.id]) == [WEB]


def test_groups_are_found_by_name_in_their_project_and_by_id(database: Database) -> None:
    def named(reference: str, *, any_owner: bool = False) -> list[SecurityGroup]:
        with database.read() as tx:
            return [*security_groups.groups_named(tx, reference, "demo", any_owner=any_owner)]

    assert named("web") == named(WEB.id.upper()) == [WEB]
    assert named(OTHER.id) == []
    assert named(OTHER.id, any_owner=True) == [OTHER]


def test_a_list_is_sorted_by_name_and_of_one_project_or_all(database: Database) -> None:
    with database.read() as tx:
        own = security_groups.list_groups(tx, "demo", Page())
        assert [group.name for group in own] == ["db", "web"]
        assert len(security_groups.list_groups(tx, None, Page())) == 3
        page = Page(limit=1, marker=own[0].id)
        assert security_groups.list_groups(tx, "demo", page) == [WEB]
        assert security_groups.count_groups(tx, "demo") == 2
        assert security_groups.count_rules(tx, "demo") == 5


def test_a_rule_comes_back_as_it_was_and_goes(database: Database) -> None:
    with database.write() as tx:
        assert security_groups.get_rule(tx, FROM_WEB.id) == FROM_WEB
        assert FROM_WEB in security_groups.rules_of(tx, [DB.id])
        assert security_groups.groups_that_name(tx, [WEB.id]) == [(DB.id, "demo")]
        assert security_groups.delete_rule(tx, FROM_WEB.id)
        assert not security_groups.delete_rule(tx, FROM_WEB.id)
        assert security_groups.get_rule(tx, FROM_WEB.id) is None


def test_a_group_takes_its_rules_along_and_those_that_name_it(database: Database) -> None:
    with database.write() as tx:
        assert security_groups.hold(tx, [WEB.id, "gone"]) == {WEB.id}
        assert security_groups.hold_alone(tx, WEB.id)
        assert not security_groups.hold_alone(tx, "gone")
        security_groups.delete_group(tx, WEB.id)

        assert security_groups.rules_of(tx, [WEB.id]) == []
        assert security_groups.get_rule(tx, FROM_WEB.id) is None


def test_a_name_and_a_description_are_changed(database: Database) -> None:
    with database.write() as tx:
        changed = replace(WEB, name="front", description="")
        security_groups.change_group(tx, changed)

        assert security_groups.groups_of_ids(tx, [WEB.id]) == [changed]
