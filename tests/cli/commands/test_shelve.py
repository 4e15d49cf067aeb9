"""``shelve``, ``shelve-offload``, ``unshelve``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import snapshots_pb2 as pb


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("shelve", "ShelveInstance"),
        ("shelve-offload", "OffloadInstance"),
        ("unshelve", "UnshelveInstance"),
    ],
)
def test_each_asks_for_its_server(vmctl: Vmctl, cloud: FakeCloud, name: str, method: str) -> None:
    cloud.answers[method] = an_instance("web1")

    result = vmctl(name, "web1")

    assert (result.code, result.out) == (0, "")
    assert cloud.methods() == [method]
    assert cloud.requests[-1].instance == "web1"


def test_unshelving_may_name_a_zone(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["UnshelveInstance"] = an_instance("web1")

    vmctl("unshelve", "--availability-zone", "nova", "web1")

    assert cloud.last(pb.UnshelveInstanceRequest).availability_zone == "nova"
