"""Where servers go, by the commands of users and operators, on a daemon with three hosts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cloud import Cloud, refusal, running_cloud

BOOT = ("boot", "--flavor", "m1.nano", "--image", "small")
NO_ROOM, IN_USE = 6, 5


@pytest.fixture(scope="module")
def site(small_image: Path) -> Iterator[Cloud]:
    """A cloud of three hosts, one of them in a zone of its own."""
    with running_cloud("fake", VMCTLD_FAKE_HOSTS="3", VMCTLD_HOST="rack") as cloud:
        cloud.text("image-upload", "--file", str(small_image), "small")
        cloud.text("aggregate-create", "far", "mars")
        cloud.text("aggregate-add-host", "far", _hosts(cloud)[0])
        yield cloud


def _hosts(cloud: Cloud) -> list[str]:
    return cloud.text("hypervisor-list", "--quiet").split()


@pytest.fixture
def cloud(site: Cloud) -> Iterator[Cloud]:
    """The cloud; the test leaves no server."""
    yield site
    servers = [server["id"] for server in site.json("list")]
    if servers:
        site.text("delete", "--wait", *servers)
    assert site.json("audit") == []


def _host_of(cloud: Cloud, server: str) -> str:
    host: str = cloud.json("explain", server)["host"]
    return host


def test_a_dry_run_names_the_host_that_the_boot_then_has(cloud: Cloud) -> None:
    options = (*BOOT, "--availability-zone", "mars", "web")

    told = cloud.json(*options, "--dry-run")
    before = cloud.json("list")
    cloud.text(*options, "--poll")

    assert before == []
    assert told["servers"][0]["host"] == _host_of(cloud, "web") == _hosts(cloud)[0]


def test_a_group_keeps_its_servers_apart_and_says_why_no_more_fit(cloud: Cloud) -> None:
    cloud.text("server-group-create", "apart", "anti-affinity")
    member = (*BOOT, "--hint", "group=apart")
    cloud.text(*member, "--min-count", "3", "--max-count", "3", "--poll", "web")

    hosts = {_host_of(cloud, f"web-{number}") for number in (1, 2, 3)}
    fourth = cloud.run(*member, "--dry-run", "-f", "json", "web-4")

    assert hosts == set(_hosts(cloud))
    assert fourth.returncode == NO_ROOM
    facts = json.loads(fourth.stderr)["error"]["facts"]
    assert facts["refusals"] == {"ServerGroupAntiAffinityFilter": 3}
    cloud.text("server-group-delete", "apart")


def test_a_host_that_is_switched_off_tells_users_the_reason(cloud: Cloud) -> None:
    host = _hosts(cloud)[1]
    cloud.text("service-disable", "--reason", "new disks", host)

    refused = cloud.run(*BOOT, "--host", host, "--dry-run", "web")
    cloud.text("service-enable", host)

    assert refused.returncode == NO_ROOM
    assert "disabled: new disks" in refused.stderr
    assert cloud.text(*BOOT, "--host", host, "--dry-run", "--quiet", "web").strip() == host


def test_what_servers_use_is_refused_counted_and_kept(cloud: Cloud) -> None:
    cloud.text(*BOOT, "--availability-zone", "mars", "--poll", "web")
    host = _hosts(cloud)[0]

    assert [server["name"] for server in cloud.json("hypervisor-servers", host)] == ["web"]
    refusal(cloud.run("aggregate-remove-host", "far", host), IN_USE, "would change their zone")
    refusal(cloud.run("service-delete", host), IN_USE, "has 1 server")
    cloud.text("delete", "--wait", "web")
    assert cloud.json("usage")["servers"] >= 1


def test_a_hosts_own_ratio_is_set_and_taken_away(cloud: Cloud) -> None:
    host = _hosts(cloud)[2]
    size = cloud.json("hypervisor-show", host)["vcpus"]

    cloud.text("hypervisor-set", "--cpu-allocation-ratio", "0.01", host)
    shown = cloud.json("hypervisor-show", host)
    cloud.text("hypervisor-set", "--cpu-allocation-ratio", "0", host)

    assert (shown["cpu_allocation_ratio"], shown["vcpus"]) == (0.01, size)
    assert cloud.json("hypervisor-show", host)["cpu_allocation_ratio"] == 4.0
