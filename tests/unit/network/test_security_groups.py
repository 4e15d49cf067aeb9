"""Security groups and their rules: made, found, changed, deleted."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from vmctld.domain.network import NicRequest, Subnet
from vmctld.domain.paging import Page
from vmctld.domain.security_group import RuleRequest, default_group_id
from vmctld.errors import AlreadyExists, InvalidRequest, NotFound, QuotaExceeded, WrongState
from vmctld.network.port_security import SecurityWish
from vmctld.network.security_groups import SecurityGroups
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database, Tx

ALICE, BOB = a_caller(), a_caller("other", user="bob")
SSH = RuleRequest(protocol="tcp", first=22)


@pytest.fixture
def groups(service: NetworkService) -> SecurityGroups:
    return service.security_groups


def test_every_project_has_a_default_group_from_its_first_use_on(groups: SecurityGroups) -> None:
    (default,) = groups.list_groups(ALICE, Page())

    assert (default.name, default.id) == ("default", default_group_id("demo"))
    said = {(rule.direction, rule.ether_type, rule.remote_group_id) for rule in default.rules}
    assert said == {
        ("egress", "IPv4", None),
        ("egress", "IPv6", None),
        ("ingress", "IPv4", default.id),
        ("ingress", "IPv6", default.id),
    }
    assert groups.get_group(BOB, "default").id == default_group_id("other")


def test_a_deleted_rule_of_the_default_group_stays_away(
    groups: SecurityGroups, database: Database
) -> None:
    rule = groups.get_group(ALICE, "default").rules[0]
    groups.delete_rule(ALICE, rule.id)

    again = NetworkService(database, FakeClock()).security_groups

    assert rule.id not in {one.id for one in again.get_group(ALICE, "default").rules}


def test_a_new_group_lets_all_out_and_nothing_in(groups: SecurityGroups) -> None:
    made = groups.create_group(ALICE, "web", "what the world sees")

    assert groups.get_group(ALICE, "web") == made == groups.get_group(ALICE, made.id)
    assert {rule.direction for rule in made.rules} == {"egress"}
    assert made.description == "what the world sees"


def test_a_group_of_another_project_does_not_exist(groups: SecurityGroups) -> None:
    made = groups.create_group(ALICE, "web")
    rule = made.rules[0]

    for ask in (
        lambda: groups.get_group(BOB, made.id),
        lambda: groups.delete_group(BOB, made.id),
        lambda: groups.create_rule(BOB, made.id, SSH),
        lambda: groups.create_rule(BOB, "default", RuleRequest(remote_group=made.id)),
        lambda: groups.get_rule(BOB, rule.id),
        lambda: groups.delete_rule(BOB, rule.id),
    ):
        with pytest.raises(NotFound):
            ask()
    assert groups.get_group(an_admin(), made.id) == made
    assert made in groups.list_groups(an_admin(), Page(), all_projects=True)


def test_a_rule_is_kept_and_found_with_its_group(groups: SecurityGroups) -> None:
    web = groups.create_group(ALICE, "web")
    friends = groups.create_group(ALICE, "friends")

    rule = groups.create_rule(
        ALICE, "web", RuleRequest(protocol="tcp", first=22, remote_group="friends")
    )

    assert rule.remote_group_id == friends.id
    assert groups.get_rule(ALICE, rule.id) == rule
    assert rule in groups.get_group(ALICE, web.id).rules
    groups.delete_rule(ALICE, rule.id)
    with pytest.raises(NotFound) as gone:
        groups.get_rule(ALICE, rule.id)
    assert gone.value.code == "security-group-rule-not-found"


def test_the_same_rule_twice_is_one_too_many(groups: SecurityGroups) -> None:
    rule = groups.create_rule(ALICE, "default", SSH)

    with pytest.raises(AlreadyExists) as refused:
        groups.create_rule(ALICE, "default", RuleRequest(protocol="6", first=22, last=22))

    assert refused.value.code == "security-group-rule-exists"
    assert rule.id in refused.value.message


def test_the_default_group_keeps_its_name_and_its_place(groups: SecurityGroups) -> None:
    groups.create_group(ALICE, "web")

    for forbid in (
        lambda: groups.delete_group(ALICE, "default"),
        lambda: groups.update_group(ALICE, "default", "other", None),
        lambda: groups.update_group(ALICE, "web", "default", None),
    ):
        with pytest.raises(WrongState) as refused:
            forbid()
        assert refused.value.code == "default-security-group"
    with pytest.raises(AlreadyExists):
        groups.create_group(ALICE, "default")
    assert groups.update_group(ALICE, "default", None, "ours").description == "ours"


def test_names_and_descriptions_change(groups: SecurityGroups) -> None:
    made = groups.create_group(ALICE, "web")

    changed = groups.update_group(ALICE, "web", "front", "for all")

    assert (changed.id, changed.name, changed.description) == (made.id, "front", "for all")
    assert groups.get_group(ALICE, "front") == changed
    for name in ("", "a,b", "-x", "x" * 256):
        with pytest.raises(InvalidRequest):
            groups.create_group(ALICE, name)


def test_a_group_that_ports_are_in_is_not_deleted_and_names_them(
    groups: SecurityGroups, service: NetworkService, subnet: Subnet
) -> None:
    groups.create_group(ALICE, "web")
    port = service.ports.create_port(ALICE, "blue", security=SecurityWish(groups=["web"]))

    with pytest.raises(WrongState) as refused:
        groups.delete_group(ALICE, "web")

    assert refused.value.code == "security-group-in-use"
    assert port.id in refused.value.message
    assert refused.value.facts["ports"] == [port.id]
    service.ports.delete_port(ALICE, port.id)
    groups.delete_group(ALICE, "web")
    with pytest.raises(NotFound):
        groups.get_group(ALICE, "web")
    assert subnet


def test_rules_go_with_the_group_that_they_name(groups: SecurityGroups) -> None:
    groups.create_group(ALICE, "friends")
    rule = groups.create_rule(ALICE, "default", RuleRequest(remote_group="friends"))

    groups.delete_group(ALICE, "friends")

    assert rule.id not in {one.id for one in groups.get_group(ALICE, "default").rules}


class Few:
    """Limits of three groups and nine rules."""

    def limits_of(self, _tx: Tx, _project_id: str) -> dict[str, int]:
        return {"security_groups": 3, "security_group_rules": 9}


def test_a_project_has_as_many_groups_and_rules_as_its_quota_says(database: Database) -> None:
    groups = SecurityGroups(database, FakeClock(), Few(), lambda _hosts: None)
    for name in ("a", "b"):  # and the default one: 4 + 2 + 2 rules
        groups.create_group(ALICE, name)

    with pytest.raises(QuotaExceeded) as no_group:
        groups.create_group(ALICE, "c")
    groups.create_rule(ALICE, "a", SSH)
    with pytest.raises(QuotaExceeded) as no_rule:
        groups.create_rule(ALICE, "b", SSH)

    assert no_group.value.message == "Quota exceeded for resources: ['security_group']."
    assert no_group.value.facts["security_groups"] == {"requested": 1, "used": 3, "limit": 3}
    assert no_rule.value.facts["security_group_rules"] == {"requested": 1, "used": 9, "limit": 9}
    groups.create_group(BOB, "c")


def test_a_boot_asks_for_groups_by_name_or_id(
    groups: SecurityGroups, service: NetworkService, subnet: Subnet
) -> None:
    web = groups.create_group(ALICE, "web")
    wanted: Iterable[str] = ("default", web.id, "web")

    (nic,) = service.nics.resolve_nics(ALICE, [NicRequest("blue")], [*wanted])

    assert nic.security_group_ids == (default_group_id("demo"), web.id)
    with pytest.raises(NotFound) as unknown:
        service.nics.resolve_nics(ALICE, [NicRequest("blue")], ["nope"])
    assert unknown.value.code == "security-group-not-found"
    assert subnet
