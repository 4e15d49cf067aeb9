"""Tokens of the daemon's own services."""

from __future__ import annotations

from tests.support.clock import FakeClock
from vmctld.domain.identity import TokenKind
from vmctld.identity.service import Identity
from vmctld.identity.service_tokens import ServiceTokens
from vmctld.identity.token_text import token_id_of


def test_a_service_is_known_by_its_token_until_the_process_ends(identity: Identity) -> None:
    token = identity.services.issue("conductor")

    caller = identity.tokens.validate(token)

    assert caller.kind is TokenKind.SERVICE
    assert caller.user_name == "conductor"
    assert caller.is_admin


def test_each_token_is_another_one_and_a_stranger_is_nobody(clock: FakeClock) -> None:
    services = ServiceTokens(clock)

    assert services.issue("agent") != services.issue("agent")
    assert services.find("vms_guess", token_id_of("vms_guess")) is None
