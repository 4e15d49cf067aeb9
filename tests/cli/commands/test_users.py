"""``user-*``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import identity_pb2 as pb
from vmctl.v1.common_pb2 import Page

ADA = pb.User(id="u1", name="ada", email="ada@example.org", enabled=True)


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    for method in ("CreateUser", "GetUser", "UpdateUser"):
        cloud.answers[method] = ADA
    cloud.answers["ListUsers"] = pb.ListUsersResponse(users=[ADA])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("user-list",), pb.ListUsersRequest(page=Page(limit=1000))),
        (("user-show", "ada"), pb.GetUserRequest(user="ada")),
        (
            ("user-create", "--password-stdin", "--email", "e", "--project", "web", "ada"),
            pb.CreateUserRequest(name="ada", password="pw", email="e", default_project="web"),
        ),
        (("user-set", "--disable", "ada"), pb.UpdateUserRequest(user="ada", enabled=False)),
        (
            ("user-set", "--enable", "--name", "eve", "--project", "p", "ada"),
            pb.UpdateUserRequest(user="ada", enabled=True, name="eve", default_project="p"),
        ),
        (
            ("user-set", "--password-stdin", "ada"),
            pb.UpdateUserRequest(user="ada", password="pw"),
        ),
        (("user-set", "--password", "x", "ada"), pb.UpdateUserRequest(user="ada", password="x")),
        (("user-delete", "ada"), pb.DeleteUserRequest(user="ada")),
    ],
)
def test_what_is_asked_for_travels(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], expected: object
) -> None:
    assert vmctl(*arguments, stdin="pw\n").code == 0
    assert cloud.requests == [expected]


@pytest.mark.parametrize("arguments", [("user-create", "ada"), ("user-set", "ada")])
def test_without_a_terminal_nothing_is_guessed(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...]
) -> None:
    assert vmctl(*arguments).code == 2
    assert cloud.calls == []


def test_a_list_shows_who_is_enabled(vmctl: Vmctl) -> None:
    assert "| u1 | ada  | ada@example.org | True    |" in vmctl("user-list").out
