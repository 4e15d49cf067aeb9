"""What installations in several processes stand on."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.roles.users import Users
from tests.support import rabbitmq
from tests.support.postgresql import Server
from tests.support.split import FOUR, Split

NewSplit = Callable[..., Split]


@pytest.fixture(scope="session")
def broker() -> Iterator[rabbitmq.Broker]:
    """A RabbitMQ for installations that mean it no harm: each has a virtual host in it."""
    yield from _a_broker()


@pytest.fixture(scope="module")
def own_broker() -> Iterator[rabbitmq.Broker]:
    """A RabbitMQ to be hurt."""
    yield from _a_broker()


def _a_broker() -> Iterator[rabbitmq.Broker]:
    if not rabbitmq.is_installed() and not os.environ.get("CI"):
        pytest.skip("no RabbitMQ here: make test installs it")
    directory = Path(tempfile.mkdtemp(prefix="vmctl-rabbitmq-"))
    broker = rabbitmq.Broker(directory)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(directory)


_vhosts = itertools.cycle(rabbitmq.VHOSTS[1:])


@pytest.fixture(scope="module")
def new_split(postgresql: Server) -> Iterator[NewSplit]:
    """Makes installations that are gone at the end, each with a database of its own."""
    made: list[Split] = []
    home = Path(tempfile.mkdtemp(prefix="vmctl-roles-", dir="/tmp"))

    def new(broker: rabbitmq.Broker, *options: str) -> Split:
        url = postgresql.create(f"roles-{uuid.uuid4()}")
        split = Split(home / str(len(made)), broker, next(_vhosts), url, options)
        made.append(split)
        return split

    try:
        yield new
    finally:
        for split in made:
            split.close()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def split(new_split: NewSplit, broker: rabbitmq.Broker) -> Split:
    """Four processes, one role each, on the fake driver."""
    split = new_split(broker)
    split.start(FOUR)
    return split


@pytest.fixture(scope="module")
def users(split: Split) -> Iterator[Users]:
    """People who boot on them."""
    users = Users(split)
    users.prepare()
    yield users
    users.close()
