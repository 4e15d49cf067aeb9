"""Which network, subnet or port a reference means to a caller."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.callers import a_caller, an_admin
from vmctld.domain.network import Subnet
from vmctld.errors import Conflict, NotFound
from vmctld.network.lookup import find_network, find_port, find_subnet
from vmctld.network.service import NetworkService
from vmctld.storage.database import Database


def test_each_is_found_by_name_by_id_and_by_an_admin(
    service: NetworkService, database: Database, add_subnet: Callable[..., Subnet]
) -> None:
    subnet = add_subnet(name="low")
    port = service.ports.create_port(a_caller(), "blue", name="p")

    with database.read() as tx:
        assert find_network(tx, a_caller(), "blue").id == subnet.network_id
        assert find_subnet(tx, a_caller(), "low") == subnet
        assert find_port(tx, a_caller(), "p") == port
        assert find_port(tx, an_admin(), port.id.upper()) == port


def test_others_find_nothing_and_the_code_names_what(
    service: NetworkService, database: Database, subnet: Subnet
) -> None:
    port = service.ports.create_port(a_caller(), "blue")
    stranger = a_caller("other")

    for find, reference, code in (
        (find_network, subnet.network_id, "network-not-found"),
        (find_subnet, subnet.id, "subnet-not-found"),
        (find_port, port.id, "port-not-found"),
    ):
        with database.read() as tx, pytest.raises(NotFound) as refusal:
            find(tx, stranger, reference)
        assert refusal.value.code == code


def test_a_name_of_several_is_refused(service: NetworkService, subnet: Subnet) -> None:
    for _ in range(2):
        service.ports.create_port(a_caller(), "blue", name="twin")

    with pytest.raises(Conflict) as refusal:
        service.ports.get_port(a_caller(), "twin")

    assert refusal.value.code == "ambiguous-name"
