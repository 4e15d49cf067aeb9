from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.support.instances import an_instance
from tests.support.machines import a_port
from vmctld.compute.agent.guestdata import (
    config_drive,
    ec2_data,
    meta_data,
    network_data,
)

PORT = a_port(port_id="0123456789abcdef")


def _files(**changes: Any) -> dict[str, bytes]:
    return dict(config_drive(an_instance(**changes), [PORT]).files)


def test_every_version_that_cloud_init_asks_for_has_the_same_files() -> None:
    files = _files(user_data=b"#!/bin/sh\n")

    for name in ("meta_data.json", "network_data.json", "vendor_data.json", "user_data"):
        assert files[f"openstack/latest/{name}"] == files[f"openstack/2018-08-27/{name}"]


def test_user_data_is_there_byte_for_byte_or_not_at_all() -> None:
    raw = bytes(range(256))

    assert _files(user_data=raw)["openstack/latest/user_data"] == raw
    assert _files(user_data=raw)["ec2/latest/user-data"] == raw
    assert not [name for name in _files() if "user" in name]


def test_a_resumed_build_makes_the_same_drive() -> None:
    instance = an_instance(metadata={"b": "2", "a": "1"})

    again = replace(instance, metadata={"a": "1", "b": "2"})

    assert config_drive(instance, [PORT]) == config_drive(again, [PORT])


def test_two_instances_have_different_random_seeds() -> None:
    seeds = {meta_data(an_instance())["random_seed"] for _ in range(2)}

    assert len(seeds) == 2


def test_the_guest_reads_who_it_is() -> None:
    data = meta_data(an_instance(metadata={"role": "web"}, launch_index=2))

    assert (data["name"], data["hostname"], data["launch_index"]) == ("web", "web", 2)
    assert (data["meta"], data["availability_zone"]) == ({"role": "web"}, "nova")
    assert "public_keys" not in data


def test_a_key_is_in_every_form_that_guests_know() -> None:
    instance = an_instance(key_name="mine", public_key="ssh-ed25519 AAAA")

    data = meta_data(instance)

    assert data["public_keys"] == {"mine": "ssh-ed25519 AAAA"}
    assert data["keys"] == [{"name": "mine", "type": "ssh", "data": "ssh-ed25519 AAAA"}]
    assert ec2_data(instance, [])["public-keys"] == {"0=mine": {"openssh-key": "ssh-ed25519 AAAA"}}


def test_the_guest_gets_exactly_its_addresses() -> None:
    data = network_data([PORT])

    assert data["links"] == [
        {
            "id": "tap0123456789a",
            "vif_id": PORT.port_id,
            "type": "bridge",
            "mtu": 1500,
            "ethernet_mac_address": PORT.mac,
        }
    ]
    (network,) = data["networks"]
    assert (network["ip_address"], network["netmask"]) == (PORT.address, "255.255.255.0")
    assert network["routes"] == [
        {"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.20.0.1"}
    ]


def test_only_the_first_card_has_the_default_route() -> None:
    data = network_data([PORT, a_port("10.30.0.9", "10.30.0.0/16", "10.30.0.1")])

    assert [len(network["routes"]) for network in data["networks"]] == [1, 0]
    assert data["networks"][1]["netmask"] == "255.255.0.0"


def test_each_name_server_is_named_once() -> None:
    first = replace(PORT, dns_servers=("9.9.9.9", "1.1.1.1"))
    second = replace(PORT, dns_servers=("1.1.1.1",))

    services = network_data([first, second])["services"]

    assert services == [
        {"type": "dns", "address": "9.9.9.9"},
        {"type": "dns", "address": "1.1.1.1"},
    ]


def test_a_guest_without_a_card_has_no_address() -> None:
    assert "local-ipv4" not in ec2_data(an_instance(), [])
    assert ec2_data(an_instance(), [PORT])["local-ipv4"] == PORT.address


def test_every_document_is_json_whatever_the_user_wrote() -> None:
    files = _files(name='a"b\\c', hostname="a-b-c", metadata={"k": "ä\u202e\n"})

    for name, data in files.items():
        if name.endswith(".json"):
            json.loads(data)
