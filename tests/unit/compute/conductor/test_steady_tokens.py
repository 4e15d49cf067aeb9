"""A doubled question does not end the first answer's token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vmctld.compute.conductor import steady_tokens
from vmctld.compute.conductor.steady_tokens import KEPT, SteadyTokens

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Counting:
    """Gives a new token each time, as identity does."""

    def __init__(self) -> None:
        self.given = 0

    def issue_build_token(self, **_: object) -> tuple[str, datetime]:
        self.given += 1
        return f"token-{self.given}", NOW + timedelta(minutes=5)


class Setting:
    """Tokens, and a clock that can be set."""

    def __init__(self) -> None:
        self.now = NOW
        self.source = Counting()
        self.tokens = SteadyTokens(self.source, lambda: self.now)

    def ask(self, instance_id: str = "one", attempt: int = 1) -> str:
        token, _ = self.tokens.issue_build_token(
            instance_id=instance_id,
            attempt=attempt,
            user_id="u",
            project_id="p",
            calls=(),
            lifetime_s=300,
        )
        return token


@pytest.fixture
def setting() -> Setting:
    return Setting()


def test_the_same_build_asking_twice_is_given_the_same_token(setting: Setting) -> None:
    assert setting.ask() == setting.ask()


def test_each_attempt_and_each_instance_has_a_token_of_its_own(setting: Setting) -> None:
    assert len({setting.ask(), setting.ask(attempt=2), setting.ask("two")}) == 3


@pytest.mark.parametrize("jump", [KEPT * 2, -KEPT * 2])
def test_a_build_that_asks_later_or_after_a_clock_jump_is_given_a_new_token(
    setting: Setting, jump: timedelta
) -> None:
    first = setting.ask()
    setting.now += jump

    assert setting.ask() != first


def test_only_so_many_are_kept(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady_tokens, "KEPT_AT_MOST", 2)
    first = setting.ask("one")
    setting.ask("two")
    setting.ask("three")

    assert setting.ask("one") != first
