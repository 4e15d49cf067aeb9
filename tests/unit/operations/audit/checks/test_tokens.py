"""Tokens that are still of use, and those that are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.living import INSTANCE, put
from vmctld.operations.audit.checks.tokens import expired_tokens, idle_build_tokens
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.tables.identity import TokenRow

Look = Callable[..., list[Suspect]]


def keep(installation: Installation, *, issued_s: int, lives_s: int) -> None:
    """Keep a build token that was issued so long ago and lives so long."""
    issued = installation.clock() - timedelta(seconds=issued_s)
    values: dict[str, Any] = {
        "kind": "build",
        "user_id": "anna",
        "project_id": "demo",
        "instance_id": INSTANCE,
        "attempt": 1,
        "issued_at": issued,
        "expires_at": issued + timedelta(seconds=lives_s),
    }
    with installation.database.write() as tx:
        put(tx, TokenRow, id="t" * 64, **values)


def test_a_build_token_may_outlive_its_build_until_the_builds_deadline(
    installation: Installation, look: Look
) -> None:
    keep(installation, issued_s=290, lives_s=300)

    assert look(idle_build_tokens) == look(expired_tokens) == []


def test_a_build_token_of_a_build_that_still_goes_on_is_left_alone(
    installation: Installation, look: Look, change_instance: Any
) -> None:
    keep(installation, issued_s=310, lives_s=3600)
    change_instance(vm_state="building")

    assert look(idle_build_tokens) == []


def test_a_token_that_has_just_ended_is_kept_so_that_it_is_called_expired(
    installation: Installation, look: Look
) -> None:
    keep(installation, issued_s=7200, lives_s=300)

    assert look(expired_tokens) == []
