"""Errors that several parts of the network service raise."""

from __future__ import annotations

from dataclasses import replace

from tests.support.networks import a_network, a_port, a_subnet
from vmctld.network.refusals import address_in_use, in_use, port_in_use, without_subnet


def test_one_user_and_many_are_named_and_counted() -> None:
    one = in_use("subnet", a_subnet("low"), ["p1"])
    many = in_use("network", a_network("blue"), [f"p{n}" for n in range(9)])

    assert one.message == "the subnet 'low' is in use by 1 port: p1"
    assert many.message == "the network 'blue' is in use by 9 ports: p0, p1, p2, p3, p4, ..."
    assert (one.code, many.code) == ("subnet-in-use", "network-in-use")
    assert many.facts["ports"] == ["p0", "p1", "p2", "p3", "p4"]


def test_a_thing_without_a_name_is_shown_by_its_id() -> None:
    assert "'s1'" in in_use("subnet", replace(a_subnet("s1"), name=""), []).message


def test_a_port_in_use_names_its_server() -> None:
    refusal = port_in_use(a_port("p1", device_id="i1"))

    assert (refusal.code, refusal.facts["device_id"]) == ("port-in-use", "i1")


def test_the_others_say_which_network_they_are_about() -> None:
    assert without_subnet(a_network("n1")).facts["network_id"] == "n1"
    assert address_in_use("10.1.0.9", "n1").facts == {"address": "10.1.0.9", "network_id": "n1"}
