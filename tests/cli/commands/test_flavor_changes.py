"""``flavor-update``, ``flavor-key``, ``flavor-access-*``: what goes over the wire."""

from __future__ import annotations

import json

import pytest
from google.protobuf.message import Message

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import compute_pb2
from vmctl.v1 import flavor_pb2 as pb


@pytest.mark.parametrize(
    ("arguments", "request_"),
    [
        (("flavor-update", "f", "d"), pb.UpdateFlavorRequest(flavor="f", description="d")),
        (
            ("flavor-key", "f", "set", "hw:a=1"),
            pb.SetExtraSpecsRequest(flavor="f", extra_specs={"hw:a": "1"}),
        ),
        (
            ("flavor-key", "f", "unset", "hw:a", "b=c"),
            pb.UnsetExtraSpecsRequest(flavor="f", keys=["hw:a", "b"]),
        ),
        (("flavor-access-list", "--flavor", "f"), pb.ListFlavorAccessRequest(flavor="f")),
        (("flavor-access-add", "f", "p"), pb.AddFlavorAccessRequest(flavor="f", project="p")),
        (("flavor-access-remove", "f", "p"), pb.RemoveFlavorAccessRequest(flavor="f", project="p")),
    ],
)
def test_changes_travel(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], request_: Message
) -> None:
    assert vmctl(*arguments).code == 0

    assert cloud.requests[-1] == request_


def test_access_is_a_table_of_flavors_and_projects(vmctl: Vmctl, cloud: FakeCloud) -> None:
    access = pb.FlavorAccess(flavor_id="9", project_id="p1")
    cloud.answers["AddFlavorAccess"] = pb.ListFlavorAccessResponse(access=[access])

    assert vmctl("flavor-access-add", "f", "p").out.splitlines()[1] == "| Flavor_ID | Tenant_ID |"
    assert json.loads(vmctl("flavor-access-add", "f", "p", "-f", "json").out) == [
        {"flavor_id": "9", "project_id": "p1"}
    ]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--sort-key", "memory_mb"), "cab"),
        (("--sort-key", "memory_mb", "--sort-dir", "desc"), "bac"),
        (("--sort-key", "name", "--limit", "2"), "ab"),
        (("--sort-key", "name", "--marker", "1"), "bc"),
    ],
)
def test_flavors_are_sorted_as_asked(
    vmctl: Vmctl, cloud: FakeCloud, options: tuple[str, ...], names: str
) -> None:
    flavor = compute_pb2.Flavor
    cloud.answers["ListFlavors"] = pb.ListFlavorsResponse(
        flavors=[
            flavor(id="1", name="a", ram_mib=2),
            flavor(id="2", name="b", ram_mib=3),
            flavor(id="3", name="c", ram_mib=1),
        ]
    )

    listed = vmctl("flavor-list", *options, "-f", "value", "-c", "name").out

    assert listed.replace("\n", "") == names
