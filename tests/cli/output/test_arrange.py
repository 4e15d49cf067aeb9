"""Every list is sorted, cut and narrowed as asked."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import keypair_pb2
from vmctl.v1.network_pb2 import ListNetworksResponse, Network
from vmctl_cli.command import is_list
from vmctl_cli.registry import MODULES

LISTS = [name for name in MODULES if is_list(name)]


@pytest.fixture(autouse=True)
def _three_networks(cloud: FakeCloud) -> None:
    cloud.answers["ListNetworks"] = ListNetworksResponse(
        networks=[
            Network(id="1", name="b", mtu_bytes=1500),
            Network(id="2", name="c", mtu_bytes=1400),
            Network(id="3", name="a", mtu_bytes=9000),
        ]
    )


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ((), "bca"),
        (("--sort", "name"), "cba"),
        (("--sort", "name:asc"), "abc"),
        (("--sort", "mtu_bytes:asc"), "cba"),
        (("--limit", "2"), "bc"),
        (("--limit", "-1"), "bca"),
        (("--marker", "1"), "ca"),
        (("--sort", "name:asc", "--marker", "3", "--limit", "1"), "b"),
    ],
)
def test_a_list_is_sorted_and_cut(vmctl: Vmctl, options: tuple[str, ...], names: str) -> None:
    listed = vmctl("network-list", *options, "-f", "value", "-c", "name").out

    assert listed.replace("\n", "") == names


def test_fields_and_minimal_choose_columns_in_every_format(vmctl: Vmctl) -> None:
    chosen = json.loads(vmctl("network-list", "--fields", "mtu_bytes", "-f", "json").out)
    table = vmctl("network-list", "--minimal").out.splitlines()

    assert chosen[0] == {"id": "1", "mtu_bytes": 1500}
    assert table[1].split("|")[1:-1] == [" ID ", " Name "]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--sort", "colour"), 2),
        (("--sort", "name:up"), 2),
        (("--fields", "colour"), 2),
        (("--marker", "9"), 3),
    ],
)
def test_what_is_not_there_is_refused(vmctl: Vmctl, options: tuple[str, ...], code: int) -> None:
    assert vmctl("network-list", *options).code == code


def test_things_without_an_id_go_by_their_names(vmctl: Vmctl, cloud: FakeCloud) -> None:
    keypairs = [keypair_pb2.Keypair(name=name, kind="ssh") for name in ("a", "b")]
    cloud.answers["ListKeypairs"] = keypair_pb2.ListKeypairsResponse(keypairs=keypairs)

    assert vmctl("keypair-list", "--minimal", "-f", "csv").out == "name\na\nb\n"


@pytest.mark.parametrize("name", LISTS)
def test_every_list_takes_these_options(vmctl: Vmctl, name: str) -> None:
    shown = vmctl("help", name).out

    for option in ("--sort", "--fields", "--minimal", "--marker", "--limit"):
        assert option in shown, option
