"""Network cards of servers: several at a boot, plugged in later, taken out, across a crash."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.cloud import Cloud, refusal, running_cloud
from tests.support.waiting import eventually

SETTLE_TIMEOUT_S = 60


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud of servers that do not exist, with two more networks."""
    disk = tmp_path_factory.mktemp("image") / "disk"
    disk.write_bytes(bytes(1024 * 1024))
    with running_cloud("fake") as cloud:
        cloud.text("image-upload", "--file", str(disk), "--disk-format", "raw", "blank")
        for number, name in enumerate(("red", "blue")):
            cloud.text("network-create", name)
            cloud.text("subnet-create", "--name", name, name, f"10.{40 + number}.0.0/24")
        yield cloud


def boot(cloud: Cloud, name: str, *words: str) -> None:
    """Boot a server and wait until it runs."""
    cloud.text("boot", "--flavor", "m1.nano", "--image", "blank", *words, "--poll", name)


def addresses(cloud: Cloud, server: str) -> dict[str, str]:
    """Return a server's addresses by network, as its record has them."""
    return {one["network"]: one["address"] for one in cloud.json("show", server)["addresses"]}


def test_a_server_boots_with_several_cards_and_the_addresses_asked_for(cloud: Cloud) -> None:
    port = cloud.json("port-create", "--fixed-ip", "10.20.0.77", "private")["id"]

    boot(
        *(cloud, "many", "--nic", "net-name=red,v4-fixed-ip=10.40.0.9"),
        *("--nic", "net-name=blue", "--nic", f"port-id={port}"),
    )

    held = addresses(cloud, "many")
    assert (held["red"], held["private"]) == ("10.40.0.9", "10.20.0.77")
    assert held["blue"].startswith("10.41.0.")
    listed = cloud.json("interface-list", "many")
    assert {ip["address"] for card in listed for ip in card["fixed_ips"]} == set(held.values())


def test_a_card_comes_and_goes_with_its_port(cloud: Cloud) -> None:
    boot(cloud, "web", "--nic", "net-name=red")

    words = ("--net-id", "blue", "--fixed-ip", "10.41.0.50")
    (card,) = cloud.json("interface-attach", "--poll", *words, "web")

    assert addresses(cloud, "web")["blue"] == "10.41.0.50"
    refusal(cloud.run("interface-attach", *words, "web"), 5, "in use")
    cloud.text("interface-detach", "--poll", "web", card["port_id"])
    assert set(addresses(cloud, "web")) == {"red"}
    left = {port["id"] for port in cloud.json("port-list", "--network", "blue")}
    assert card["port_id"] not in left
    actions = [one["action"] for one in cloud.json("instance-action-list", "web")]
    assert {"attach_interface", "detach_interface"} <= set(actions)


def test_a_port_that_was_there_before_stays_when_its_card_goes(cloud: Cloud) -> None:
    boot(cloud, "kept", "--nic", "net-name=red")
    port = cloud.json("port-create", "--name", "mine", "blue")["id"]

    cloud.text("interface-attach", "--poll", "--port-id", port, "kept")
    refusal(cloud.run("port-delete", port), 5, "in use")
    cloud.text("interface-detach", "--poll", "kept", port)

    assert cloud.json("port-show", port)["device_id"] is None


@pytest.mark.parametrize(
    ("words", "exit_code", "why"),
    [
        (("--net-id", "blue", "--fixed-ip", "10.99.0.1"), 2, "none of the network's subnets"),
        (("--net-id", "blue", "--fixed-ip", "10.41.0.1"), 2, "gateway"),
        (("--net-id", "blue", "--fixed-ip", "10.41.0.9,hostfwd=x"), 2, "no IPv4 address"),
        (("--net-id", "nowhere"), 3, "no network"),
        (("--port-id", "11111111-2222-4333-8444-555555555555"), 3, "no port"),
        (("--fixed-ip", "10.41.0.9"), 2, "Must input network_id"),
        ((), 5, "Multiple possible networks"),
    ],
)
def test_a_card_that_cannot_be_is_refused_at_once(
    cloud: Cloud, words: tuple[str, ...], exit_code: int, why: str
) -> None:
    before = cloud.json("interface-list", "many")

    refusal(cloud.run("interface-attach", *words, "many"), exit_code, why)

    assert cloud.json("interface-list", "many") == before


def test_a_card_that_is_not_there_is_not_taken_out(cloud: Cloud) -> None:
    absent = "11111111-2222-4333-8444-555555555555"

    refusal(cloud.run("interface-detach", "many", absent), 3, "could not be found")


@pytest.mark.parametrize("part", ["allocate-interface", "plug-interface"])
def test_a_crash_in_the_middle_neither_loses_a_card_nor_doubles_it(cloud: Cloud, part: str) -> None:
    boot(cloud, part, "--nic", "net-name=red")
    cloud.stop()
    failpoint = f"step=action:{part};phase=after-effect;do=kill"
    cloud.start("--enable-failpoints", VMCTLD_FAILPOINT=failpoint)
    cloud.run("interface-attach", "--net-id", "blue", part)
    assert cloud.daemon is not None
    cloud.daemon.wait(timeout=30)

    cloud.start()

    assert eventually(lambda: "blue" in addresses(cloud, part), SETTLE_TIMEOUT_S)
    on_blue = [
        card for card in cloud.json("interface-list", part) if card["port_state"] == "ACTIVE"
    ]
    assert len(on_blue) == 2


def test_a_server_takes_its_cards_along_and_leaves_the_ports_of_others(cloud: Cloud) -> None:
    servers = [one["name"] for one in cloud.json("list")]

    cloud.text("delete", "--wait", *servers)

    left = [port["device_id"] for port in cloud.json("port-list")]
    assert left
    assert set(left) == {None}
