from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from vmctld.errors import Exhausted, Unavailable
from vmctld.storage.trouble import translated

FULL = sqlite3.OperationalError("database or disk is full")
LOCKED = sqlite3.OperationalError("database is locked: /var/lib/vmctl/vmctl.db")


@pytest.mark.parametrize("error", [FULL, OperationalError("INSERT", {}, FULL)])
def test_a_full_disk_is_called_so(error: Exception) -> None:
    ours = translated(error)

    assert isinstance(ours, Exhausted)
    assert ours.code == "disk-full"


@pytest.mark.parametrize("error", [LOCKED, OperationalError("INSERT secret", {}, LOCKED)])
def test_anything_else_means_try_later_and_shows_nothing_of_the_database(error: Exception) -> None:
    ours = translated(error)

    assert isinstance(ours, Unavailable)
    assert ours.retryable
    assert "/var" not in ours.message
    assert "secret" not in ours.message
