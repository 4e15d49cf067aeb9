from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tests.support.database import a_database
from tests.support.recording_bus import RecordingBus
from vmctld.compute.outbox import Outbox
from vmctld.storage.database import Database


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def bus() -> RecordingBus:
    return RecordingBus()


@pytest.fixture
def outbox(database: Database, bus: RecordingBus, clock: FakeClock) -> Outbox:
    return Outbox(database, bus, clock, clock.monotonic)
