"""A fresh database of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from vmctld.storage.database import Database


@pytest.fixture
def database(fresh_database: Callable[[], Database]) -> Iterator[Database]:
    database = fresh_database()
    yield database
    database.close()
