"""Whether a token is good now; the cases that need a service are in ``test_tokens.py``."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.clock import NOON
from vmctld.domain.identity import Caller, Role, TokenKind
from vmctld.errors import Unauthenticated
from vmctld.identity.standing import check_standing
from vmctld.storage.repositories.tokens import KnownToken


def a_token(**changes: object) -> KnownToken:
    values: dict[str, object] = {
        "token_id": "0" * 64,
        "kind": TokenKind.USER,
        "user_id": "u",
        "user_name": "anna",
        "project_id": "p",
        "project_name": "lab",
        "roles": frozenset({Role.MEMBER}),
        "issued_at": NOON,
        "expires_at": NOON + timedelta(hours=1),
    }
    known = {name: changes.pop(name, True) for name in ("user_enabled", "project_enabled")}
    return KnownToken(Caller(**(values | changes)), **known)  # type: ignore[arg-type]


def test_a_good_token_gives_its_caller() -> None:
    assert check_standing(a_token(), NOON).user_name == "anna"


@pytest.mark.parametrize(
    ("token", "code", "hint"),
    [
        (None, "token-invalid", "vmctl login"),
        (a_token(expires_at=NOON), "token-expired", "vmctl login"),
        (a_token(issued_at=NOON + timedelta(minutes=6)), "token-not-yet-valid", "vmctl login"),
        (a_token(user_enabled=False), "user-disabled", "admin"),
        (a_token(project_enabled=False), "project-disabled", "admin"),
        (a_token(roles=frozenset()), "role-lost", "admin"),
    ],
)
def test_each_reason_has_a_code_and_says_what_to_do(
    token: KnownToken | None, code: str, hint: str
) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        check_standing(token, NOON)

    assert refusal.value.code == code
    assert hint in refusal.value.hint
