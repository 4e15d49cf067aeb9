"""A network service over a fresh database, and one network in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.callers import a_caller
from tests.support.clock import FakeClock
from tests.support.database import a_database
from vmctld.domain.network import Network, Subnet, SubnetRequest
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def service(database: Database) -> NetworkService:
    return NetworkService(database, FakeClock())


@pytest.fixture
def network(service: NetworkService) -> Network:
    return service.networks.create_network(a_caller(), "blue")


@pytest.fixture
def add_subnet(service: NetworkService, network: Network) -> Callable[..., Subnet]:
    def add(cidr: str = "10.1.0.0/24", **more: object) -> Subnet:
        return service.subnets.create_subnet(
            a_caller(), SubnetRequest(network=network.id, cidr=cidr, **more)
        )

    return add


@pytest.fixture
def subnet(add_subnet: Callable[..., Subnet]) -> Subnet:
    return add_subnet()
