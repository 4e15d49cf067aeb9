from __future__ import annotations

import pytest

from tests.support.clock import FakeClock
from tests.support.instances import keep_hosts
from tests.support.recording_bus import RecordingBus
from tests.unit.compute.conductor.parts import Parts
from vmctld.compute.outbox import Outbox
from vmctld.storage.database import Database


@pytest.fixture
def parts(database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock) -> Parts:
    keep_hosts(database, "a", "b")
    return Parts(database, outbox, bus, clock)
