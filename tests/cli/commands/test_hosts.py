"""``hypervisor-*``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import host_pb2 as pb
from vmctl.v1.common_pb2 import Page

HOST = pb.Hypervisor(
    id="h1",
    name="host1",
    state="up",
    status="enabled",
    driver="fake",
    vcpus=8,
    vcpus_claimed=2,
    cpu_allocation_ratio=4.0,
    uptime="12:00:00 up 3 days, load average: 0.1, 0.2, 0.3",
)


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    cloud.answers["ListHypervisors"] = pb.ListHypervisorsResponse(hypervisors=[HOST])
    cloud.answers["GetHypervisor"] = cloud.answers["UpdateHypervisor"] = HOST


def test_hosts_show_what_is_claimed_of_what_there_is(vmctl: Vmctl, cloud: FakeCloud) -> None:
    out = vmctl("hypervisor-list", "--matching", "t1", "--marker", "host0").out

    assert "| h1 | host1 " in out
    assert "| 2/8 " in out
    assert cloud.requests == [
        pb.ListHypervisorsRequest(page=Page(limit=1000, marker="host0"), matching="t1")
    ]


def test_one_host_is_shown_with_its_ratios(vmctl: Vmctl, cloud: FakeCloud) -> None:
    shown = json.loads(vmctl("hypervisor-show", "host1", "-f", "json").out)

    assert (shown["vcpus_claimed"], shown["cpu_allocation_ratio"]) == (2, 4.0)
    assert cloud.requests == [pb.GetHypervisorRequest(hypervisor="host1")]


def test_the_uptime_is_the_hosts_own_line(vmctl: Vmctl) -> None:
    assert "| uptime              | 12:00:00 up 3 days" in vmctl("hypervisor-uptime", "host1").out


def test_the_servers_of_hosts_are_listed(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["ListHypervisorServers"] = pb.ListHypervisorServersResponse(
        servers=[
            pb.HypervisorServer(id="s1", name="web", hypervisor_id="h1", hypervisor_name="host1")
        ]
    )

    result = vmctl("hypervisor-servers", "host")

    assert "| s1 | web  | h1            | host1               |" in result.out
    assert vmctl("hypervisor-servers", "host", "--quiet").out == "s1\n"


def test_the_sums_have_novas_names(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["GetHypervisorStats"] = pb.HypervisorStats(
        count=2, ram_mib=2048, ram_used_mib=512, disk_gib=40, disk_used_gib=1, servers=3
    )

    out = vmctl("hypervisor-stats").out

    assert "| free_ram_mb      | 1536  |" in out
    assert "| free_disk_gb     | 39    |" in out
    assert "| running_vms      | 3     |" in out


def test_only_the_given_ratios_change(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("hypervisor-set", "--cpu-allocation-ratio", "8", "--disk-allocation-ratio", "0", "host1")

    assert cloud.requests == [
        pb.UpdateHypervisorRequest(
            hypervisor="host1", cpu_allocation_ratio=8.0, disk_allocation_ratio=0.0
        )
    ]


@pytest.mark.parametrize("arguments", [(), ("--cpu-allocation-ratio", "-1")])
def test_no_ratio_and_one_that_is_none_are_refused(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...]
) -> None:
    assert vmctl("hypervisor-set", *arguments, "host1").code == 2
    assert cloud.calls == []
