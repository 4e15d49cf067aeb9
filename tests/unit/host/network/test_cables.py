"""A machine's wiring, as its host's bridges get it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.cards import SERVICE_ADDRESS, SUBNET_ID, make_card
from tests.support.machines import a_machine, a_port
from vmctld.domain.machine import ConfigDrive
from vmctld.errors import InvalidRequest
from vmctld.host.network.cables import card_of

GUARD = make_card(1).guard
PORT = replace(
    a_port(), kind="bridge", subnet_id=SUBNET_ID, service_address=SERVICE_ADDRESS, guard=GUARD
)


def test_a_card_has_what_its_guest_may_read() -> None:
    machine = replace(
        a_machine(), hostname="web", documents=ConfigDrive((("openstack/latest/x", b"1"),))
    )

    card = card_of(machine, PORT)

    assert (card.hostname, dict(card.files)) == ("web", {"openstack/latest/x": b"1"})
    assert (card.guard, card.subnet.service_address) == (GUARD, SERVICE_ADDRESS)


def test_a_guest_without_a_name_is_called_by_its_address() -> None:
    assert card_of(a_machine(), PORT).hostname == "host-" + PORT.address.replace(".", "-")


def test_a_port_without_rules_is_not_plugged_in() -> None:
    with pytest.raises(InvalidRequest):
        card_of(a_machine(), replace(PORT, guard=None))
