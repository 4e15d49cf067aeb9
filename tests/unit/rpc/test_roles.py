"""Who may call what."""

from dataclasses import replace

import pytest

from tests.support.callers import a_build, a_caller, a_service, an_admin, an_agent
from vmctld.domain.identity import Role
from vmctld.errors import Forbidden
from vmctld.rpc import roles
from vmctld.rpc.roles import RULES, Rule, authorize

METHOD = "/vmctl.v1.ImageService/LocateImage"


def a_reader():
    return a_caller(role=Role.READER)


@pytest.mark.parametrize(
    ("rule", "permitted"),
    [
        (roles.READER, {Role.READER, Role.MEMBER, Role.ADMIN}),
        (roles.MEMBER, {Role.MEMBER, Role.ADMIN}),
        (roles.ADMIN, {Role.ADMIN}),
        (roles.SERVICE, set()),
        (roles.BUILD, set()),
        (Rule(), set()),
    ],
)
def test_a_role_includes_those_below_it(rule, permitted):
    assert {role for role in Role if rule.permits(a_caller(role=role), METHOD)} == permitted


def test_the_highest_of_several_roles_counts():
    both = replace(a_caller(), roles=frozenset({Role.READER, Role.MEMBER}))

    assert roles.MEMBER.permits(both, METHOD)


def test_a_person_without_a_role_may_do_nothing():
    assert not roles.READER.permits(replace(a_caller(), roles=frozenset()), METHOD)


def test_a_build_token_is_good_for_the_methods_that_it_names():
    build = replace(a_build("instance-1"), calls=frozenset({METHOD}))

    assert roles.BUILD.permits(build, METHOD)
    assert Rule(role=Role.READER, build=True).permits(build, METHOD)
    assert not roles.BUILD.permits(build, "/vmctl.v1.NetworkService/EnsurePorts")


def test_a_build_token_is_not_good_for_what_people_do_even_if_it_names_it():
    build = replace(a_build("instance-1"), calls=frozenset({METHOD}))

    assert not roles.MEMBER.permits(build, METHOD)


@pytest.mark.parametrize("method", ["ReserveVolumes", "DeleteVolume"])
def test_an_agent_neither_reserves_nor_deletes_volumes(method: str) -> None:
    rule = RULES[f"/vmctl.v1.VolumeService/{method}"]

    assert rule.permits(a_service("conductor"), method)
    assert not rule.permits(an_agent("web-1"), method)


def test_a_service_token_is_good_for_what_services_do_and_nothing_else():
    assert roles.SERVICE.permits(a_service(), METHOD)
    assert not roles.ADMIN.permits(a_service(), METHOD)
    assert not roles.BUILD.permits(a_service(), METHOD)


def test_a_refusal_says_what_is_missing_and_whom_to_ask():
    with pytest.raises(Forbidden) as refused:
        authorize(a_reader(), "/vmctl.v1.ComputeService/BootInstance", roles.MEMBER)

    error = refused.value
    assert error.message == (
        "BootInstance is for: role member; this is a user token with reader in project demo"
    )
    assert error.hint == "Ask an admin for the role member in project demo."
    assert error.facts == {
        "method": "/vmctl.v1.ComputeService/BootInstance",
        "needs": "role member",
        "kind": "user",
        "roles": ["reader"],
    }


def test_a_refused_service_is_sent_to_no_admin():
    with pytest.raises(Forbidden) as refused:
        authorize(a_service(), METHOD, roles.READER)

    assert refused.value.hint == ""
    assert "with no role" in refused.value.message


def test_what_is_permitted_passes():
    authorize(an_admin(), METHOD, roles.ADMIN)


def test_only_what_must_be_is_open_to_everybody():
    public = {method.rpartition("/")[2] for method, rule in RULES.items() if rule.public}

    assert public == {"SignIn", "ValidateToken"}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (roles.PUBLIC, "anybody"),
        (Rule(role=Role.READER, build=True), "role reader, build token"),
        (roles.SERVICE, "service token"),
        (roles.OWN, "role reader, for others' than one's own: role admin"),
    ],
)
def test_a_rule_can_be_said_in_words(rule, words):
    assert rule.in_words() == words


def test_the_document_has_a_line_for_every_method():
    document = roles.as_markdown()

    assert document.count("\n| ") == len(RULES) + 2 * len(roles.SERVICES)
    assert "| BootInstance | role member |" in document
