"""Identity as a whole: what a start does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.clock import NOON, FakeClock
from vmctld.errors import Unauthenticated
from vmctld.identity.passwords import Passwords
from vmctld.identity.service import Identity
from vmctld.storage.database import Database
from vmctld.storage.repositories.tokens import latest_time

PASSWORD = "correct horse"


def test_a_start_goes_on_from_the_latest_time_ever_seen(
    identity: Identity, database: Database, passwords: Passwords, clock: FakeClock, tmp_path: Path
) -> None:
    clock.advance(3600)
    token = identity.sign_ins.sign_in("admin", PASSWORD, "")
    clock.jump(days=-3650)

    restarted = Identity(database, clock=clock, monotonic=clock.monotonic, passwords=passwords)
    restarted.start(tmp_path)

    assert restarted.tokens.validate(token)
    clock.advance(24 * 3600)
    with pytest.raises(Unauthenticated) as refusal:
        restarted.tokens.validate(token)
    assert refusal.value.code == "token-expired"


def test_each_start_notes_the_time(
    identity: Identity, database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    clock.advance(60)

    identity.start(tmp_path)

    with database.read() as tx:
        assert latest_time(tx) == NOON + timedelta(seconds=60)


def test_users_and_projects_bear_the_wall_clocks_time(identity: Identity, clock: FakeClock) -> None:
    clock.jump(days=-1)

    made = identity.projects.create_project("lab")

    assert made.created_at == NOON - timedelta(days=1)
