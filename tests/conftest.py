"""What holds for every test."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.database import a_database, emptied_database, share_database
from vmctld.storage.database import Database, sqlite_url

if TYPE_CHECKING:
    from tests.support.postgresql import Server

# A shell that starts the suite in the background has it ignore Ctrl-C, and every process that
# a test starts would inherit that: the tests that press Ctrl-C need it to mean something.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What comes out is judged, not how long it takes on a busy machine; and what fails once in a
# hundred examples fails here every other run.
settings.register_profile("vmctl", deadline=None, max_examples=50)
settings.load_profile("vmctl")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL for the whole run."""
    from tests.support import postgresql

    if not postgresql.is_installed() and not os.environ.get("CI"):
        pytest.skip("no PostgreSQL here: make test installs it")
    directory = Path(tempfile.mkdtemp(prefix="vmctl-postgresql-"))
    server = postgresql.Server(directory)
    try:
        server.start()
        share_database(server)
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def fresh_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Database]:
    """Gives an empty database of either kind, for the caller to close; one at a time."""
    if request.param == "sqlite":
        return lambda: a_database(tmp_path_factory.mktemp("database"))
    server = request.getfixturevalue("postgresql")
    return lambda: emptied_database(server)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def bare_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Gives URLs of databases of either kind that hold nothing at all."""
    if request.param == "sqlite":
        return lambda: sqlite_url(tmp_path_factory.mktemp("database") / "vmctl.db")
    server = request.getfixturevalue("postgresql")
    return lambda: server.create(f"bare-{uuid.uuid4()}")
