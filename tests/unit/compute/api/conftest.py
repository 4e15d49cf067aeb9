from __future__ import annotations

import pytest

from tests.support.clock import FakeClock
from tests.support.cloud import FakeServices, Stores
from vmctld.compute.api.admission import Admission, Needs
from vmctld.compute.outbox import Outbox
from vmctld.compute.quotas import ProjectQuotas
from vmctld.storage.database import Database


@pytest.fixture
def stores() -> Stores:
    return Stores()


@pytest.fixture
def admission(database: Database, outbox: Outbox, clock: FakeClock, stores: Stores) -> Admission:
    fake = FakeServices(stores)
    needs = Needs(fake, fake, fake, fake, fake, fake, ProjectQuotas(database))
    return Admission(database, outbox, needs, clock)
