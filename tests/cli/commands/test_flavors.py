"""``flavor-*``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import compute_pb2, flavor_pb2
from vmctl.v1.common_pb2 import Page

NANO = compute_pb2.Flavor(
    id="42",
    name="m1.nano",
    vcpus=1,
    ram_mib=128,
    disk_gib=1,
    is_public=True,
    extra_specs={"a": "1"},
)


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    cloud.answers["ListFlavors"] = flavor_pb2.ListFlavorsResponse(flavors=[NANO])
    cloud.answers["GetFlavor"] = cloud.answers["CreateFlavor"] = NANO


def test_flavors_are_listed_as_nova_does(vmctl: Vmctl, cloud: FakeCloud) -> None:
    lines = vmctl("flavor-list", "--min-ram", "64", "--min-disk", "1").out.splitlines()

    assert lines[3].split("|")[1:5] == [" 42 ", " m1.nano ", " 128        ", " 1    "]
    assert cloud.last(flavor_pb2.ListFlavorsRequest) == flavor_pb2.ListFlavorsRequest(
        page=Page(limit=1000), min_ram_mib=64, min_disk_gib=1
    )


def test_extra_specs_are_a_column_on_demand(vmctl: Vmctl) -> None:
    assert "extra_specs" not in vmctl("flavor-list").out
    assert '{"a": "1"}' in vmctl("flavor-list", "--extra-specs").out


def test_a_flavor_is_made_from_novas_five_arguments(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl(
        *("flavor-create", "big", "auto", "1024", "10", "2", "--ephemeral", "3", "--swap", "64"),
        *("--is-public", "false", "--description", "d"),
    )

    assert result.code == 0
    assert cloud.last(flavor_pb2.CreateFlavorRequest).flavor == compute_pb2.Flavor(
        id="auto",
        name="big",
        vcpus=2,
        ram_mib=1024,
        disk_gib=10,
        ephemeral_gib=3,
        swap_mib=64,
        description="d",
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("big", "auto", "much", "1", "1"), 2),
        (("big", "auto", "-1", "1", "1"), 2),
        (("big", "auto", str(2**31), "1", "1"), 2),
        (("big", "auto", "1", "1", "1", "--rxtx-factor", "2"), 7),
    ],
)
def test_numbers_that_are_none_are_refused(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], code: int
) -> None:
    assert vmctl("flavor-create", *arguments).code == code
    assert cloud.calls == []


def test_one_is_shown_and_deleted(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert "| ram                        | 128        |" in vmctl("flavor-show", "42").out
    assert vmctl("flavor-delete", "42").err == "Flavor 42 is deleted.\n"
    assert cloud.last(flavor_pb2.DeleteFlavorRequest).flavor == "42"
