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
    yield from _splits(postgresql)


def _splits(postgresql: Server) -> Iterator[NewSplit]:
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


@pytest.fixture(scope="session")
def four(postgresql: Server, broker: rabbitmq.Broker) -> Iterator[Split]:
    """Four processes, one role each, on the fake driver: to start them takes its time."""
    for new_split in _splits(postgresql):
        split = new_split(broker, "--web-listen", "127.0.0.1:0")
        split.start(FOUR)
        yield split


@pytest.fixture(scope="module")
def split(four: Split) -> Split:
    """The installation that a module tries, all of its processes up; some have one of their own."""
    four.start([role for role in FOUR if not four.role(role).is_alive])
    return four


@pytest.fixture(scope="module")
def users(split: Split) -> Iterator[Users]:
    """People who boot on it."""
    users = Users(split)
    users.prepare()
    yield users
    users.close()
