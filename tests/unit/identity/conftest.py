"""An identity service on a fresh database, with a clock that stands still and cheap hashes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tests.support.database import a_database
from vmctld.domain.identity import Caller
from vmctld.identity.passwords import Passwords
from vmctld.identity.service import Identity
from vmctld.storage.database import Database

ADMIN_PASSWORD = "correct horse"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(memory_kib=8, slots=2)


@pytest.fixture
def identity(
    database: Database, clock: FakeClock, passwords: Passwords, tmp_path: Path
) -> Identity:
    identity = Identity(database, clock=clock, monotonic=clock.monotonic, passwords=passwords)
    identity.start(tmp_path, ADMIN_PASSWORD)
    return identity


@pytest.fixture
def admin(identity: Identity) -> Caller:
    return identity.tokens.validate(identity.sign_ins.sign_in("admin", ADMIN_PASSWORD, ""))


@pytest.fixture
def anna(identity: Identity) -> Caller:
    """A member of the project ``lab``, whose password is ``anna's``."""
    identity.projects.create_project("lab")
    identity.users.create_user("anna", "anna's", default_project="lab")
    identity.roles.add_role("anna", "lab", "member")
    return identity.tokens.validate(identity.sign_ins.sign_in("anna", "anna's", ""))
