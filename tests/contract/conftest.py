"""What the contract suites run on, beside what runs in the test's own process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import rabbitmq
from tests.support.tls import make_tls


@pytest.fixture(scope="session")
def broker() -> Iterator[rabbitmq.Broker]:
    """A RabbitMQ for the whole run; each test has queues of its own in it."""
    if not rabbitmq.is_installed() and not os.environ.get("CI"):
        pytest.skip("no RabbitMQ here: make test installs it")
    directory = Path(tempfile.mkdtemp(prefix="vmctl-rabbitmq-"))
    broker = rabbitmq.Broker(directory, make_tls(directory))
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(directory)
