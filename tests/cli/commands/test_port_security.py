"""What is enforced at a port: options of ``port-create``, and ``port-update``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import network_pb2
from vmctl.v1 import security_group_pb2 as pb

PAIR = network_pb2.AddressPair(cidr="10.1.0.50", mac="fa:16:3e:00:00:99")
PORT = network_pb2.Port(
    id="p1",
    network_id="n1",
    mac="fa:16:3e:00:00:01",
    status="ACTIVE",
    security_group_ids=["g1", "g2"],
    port_security=True,
    address_pairs=[PAIR, network_pb2.AddressPair(cidr="10.9.0.0/24")],
)
Update = pb.UpdatePortSecurityRequest


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    for method in ("CreatePort", "GetPort", "UpdatePortSecurity"):
        cloud.answers[method] = PORT


def test_a_port_shows_what_is_enforced_there(vmctl: Vmctl) -> None:
    shown = vmctl("port-show", "p1").out

    assert "| 10.1.0.50 fa:16:3e:00:00:99, 10.9.0.0/24 |" in shown
    assert "g1, g2" in shown


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--security-group", "web", "--security-group", "db"), {"security_groups": ["web", "db"]}),
        (("--no-security-groups",), {"no_security_groups": True}),
        (("--disable-port-security",), {"port_security_disabled": True}),
        (("--enable-port-security",), {}),
        (
            ("--allowed-address-pair", "ip_address=10.1.0.50,mac_address=fa:16:3e:00:00:99"),
            {"address_pairs": [PAIR]},
        ),
    ],
)
def test_a_port_is_made_with_what_is_enforced(
    vmctl: Vmctl, cloud: FakeCloud, words: tuple[str, ...], wanted: dict[str, object]
) -> None:
    assert vmctl("port-create", *words, "private").code == 0
    assert cloud.last(network_pb2.CreatePortRequest) == network_pb2.CreatePortRequest(
        network="private",
        **wanted,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (
            ("--security-group", "web"),
            Update(security_groups=pb.SecurityGroupNames(names=["web"])),
        ),
        (("--no-security-groups",), Update(security_groups=pb.SecurityGroupNames())),
        (("--disable-port-security",), Update(port_security=False)),
        (("--enable-port-security",), Update(port_security=True)),
        (("--no-allowed-address-pairs",), Update(address_pairs=pb.AddressPairs())),
        (
            ("--allowed-address-pair", "10.1.0.50"),
            Update(
                address_pairs=pb.AddressPairs(pairs=[network_pb2.AddressPair(cidr="10.1.0.50")])
            ),
        ),
    ],
)
def test_what_is_enforced_is_changed_and_the_rest_stays(
    vmctl: Vmctl, cloud: FakeCloud, words: tuple[str, ...], wanted: Update
) -> None:
    wanted.port = "p1"

    assert vmctl("port-update", *words, "p1").code == 0
    assert cloud.last(Update) == wanted


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--security-group", "web", "--no-security-groups"),
        ("--allowed-address-pair", "10.1.0.50", "--no-allowed-address-pairs"),
        ("--allowed-address-pair", "mac_address=fa:16:3e:00:00:99"),
        ("--allowed-address-pair", "ip_address=10.1.0.50,vlan=7"),
    ],
)
def test_what_says_two_things_or_nothing_is_refused(
    vmctl: Vmctl, cloud: FakeCloud, words: tuple[str, ...]
) -> None:
    assert vmctl("port-update", *words, "p1").code == 2
    assert cloud.calls == []
