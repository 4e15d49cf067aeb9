"""What the guest makes of its metadata: the awk scripts of scripts/guest, run by its own awk."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
BUSYBOX = CHECKOUT / "build/guest/packages/bin/busybox"
SCRIPTS = CHECKOUT / "scripts/guest/rootfs/lib/tiny"
MAC = "fa:16:3e:00:00:01"

pytestmark = pytest.mark.skipif(not BUSYBOX.exists(), reason="no guest built here: make install")


def awk(script: str, text: str, *options: str) -> list[str]:
    command = [BUSYBOX, "awk", *options, "-f", SCRIPTS / script]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0
    assert done.stderr == ""
    return done.stdout.splitlines()


def facts_for(mac: str, network: dict[str, Any]) -> list[str]:
    link = {"id": "tap1", "ethernet_mac_address": MAC, "mtu": 1400}
    data = {"links": [link], "networks": [{"link": "tap1", **network}]}
    return awk("network-data.awk", "\n".join(awk("json.awk", json.dumps(data))), "-v", f"mac={mac}")


@pytest.mark.parametrize("indent", [None, 2])
def test_json_becomes_one_line_for_each_value(indent: int | None):
    data = {"uuid": "1", "keys": [{"name": "a", "data": "ssh-ed25519 A"}, {}], "n": 3, "no": None}

    lines = awk("json.awk", json.dumps(data, indent=indent))

    assert lines == ["uuid\t1", "keys.0.name\ta", "keys.0.data\tssh-ed25519 A", "n\t3", "no\tnull"]


def test_a_value_with_brackets_quotes_and_backslashes_comes_out_as_it_went_in():
    hard = '{"a": [1, 2]}, \\ \\" end'

    assert awk("json.awk", json.dumps({"x": hard})) == [f"x\t{hard}"]


def test_a_value_of_several_lines_stays_on_one():
    assert awk("json.awk", json.dumps({"x": "a\nb\tc\u0001d", "y": "é"})) == ["x\ta b c d", "y\t?"]


@pytest.mark.parametrize("text", ["", "{", '{"a', '{"a": [1, {"b"', "]}]}", '{"a" "b" : : ,,}'])
def test_broken_json_ends_all_the_same(text: str):
    awk("json.awk", text)


def test_a_static_network_says_address_route_and_name_server():
    network = {
        "type": "ipv4",
        "ip_address": "10.20.0.17",
        "netmask": "255.255.255.0",
        "routes": [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.20.0.1"}],
        "services": [{"type": "dns", "address": "10.20.0.3"}],
    }

    assert facts_for(MAC.upper(), network) == [
        "mtu 1400",
        "mode static",
        "address 10.20.0.17 255.255.255.0",
        "route 0.0.0.0 0.0.0.0 10.20.0.1",
        "dns 10.20.0.3",
    ]


def test_a_network_with_dhcp_says_so():
    assert "mode dhcp" in facts_for(MAC, {"type": "ipv4_dhcp"})


def test_an_interface_that_is_not_mentioned_gets_nothing():
    assert facts_for("fa:16:3e:ff:ff:ff", {"type": "ipv4", "ip_address": "10.20.0.17"}) == []
