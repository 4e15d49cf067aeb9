"""A fresh database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from vmctld.storage.database import Database

from tests.support.database import a_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    yield database
    database.close()
