"""``hypervisor-list``, ``hypervisor-show``, ``service-list``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import compute_pb2


@pytest.fixture(autouse=True)
def _two_hosts(cloud: FakeCloud) -> None:
    hosts = [
        compute_pb2.Host(
            name=name, state="up", status="enabled", driver="fake", vcpus=8, vcpus_claimed=2
        )
        for name in ("host1", "host2")
    ]
    cloud.answers["ListHosts"] = compute_pb2.ListHostsResponse(hosts=hosts)


def test_hosts_show_what_is_claimed_of_what_there_is(vmctl: Vmctl) -> None:
    out = vmctl("hypervisor-list", "--matching", "t2").out

    assert "| host2 " in out
    assert "host1" not in out
    assert "| 2/8 " in out


def test_one_host_is_shown_by_its_name(vmctl: Vmctl) -> None:
    assert json.loads(vmctl("hypervisor-show", "host1", "-f", "json").out)["vcpus_claimed"] == 2
    assert vmctl("hypervisor-show", "host3").code == 3


def test_services_are_the_agents_of_hosts(vmctl: Vmctl) -> None:
    assert vmctl("service-list", "--host", "host1", "--quiet").out == "host1\n"
    assert "| nova-compute | host1 |" in vmctl("service-list").out
