"""``boot --dry-run``."""

from __future__ import annotations

import json

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from vmctl.v1 import compute_pb2, placement_pb2

BOOT = ("boot", "--flavor", "m1.nano", "--image", "tiny", "--dry-run", "web1")


@pytest.fixture(autouse=True)
def _would_go_to_host1(cloud: FakeCloud) -> None:
    filters = [compute_pb2.FilterVerdict(name="RamFilter", outcome="passed")]
    verdict = compute_pb2.HostVerdict(host="host1", weight=2.5, filters=filters)
    cloud.answers["PreviewBoot"] = placement_pb2.PreviewBootResponse(
        servers=[
            placement_pb2.PreviewedServer(
                name="web1",
                hostname="web1",
                decision=compute_pb2.Decision(host="host1", hosts_considered=1, verdicts=[verdict]),
            )
        ],
        flavor=compute_pb2.Flavor(id="42", name="m1.nano"),
        image_id="i1",
        network_ids=["n1"],
        cores_used=3,
        cores_limit=20,
        instances_limit=-1,
    )


def test_it_tells_the_host_what_would_be_made_and_why(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl(*BOOT)

    assert result.code == 0
    assert "| web1 | web1     | host1 | 1                |" in result.out
    assert "m1.nano (42)" in result.out
    assert "cores: 3 of 20" in result.out
    assert "instances: 0 of any" in result.out
    assert "| RamFilter | 1      | 0       | 0         |" in result.out
    assert result.err == "nothing was made\n"
    assert cloud.methods() == ["PreviewBoot"]
    assert cloud.last(placement_pb2.PreviewBootRequest).boot.name == "web1"


def test_as_json_it_is_one_object(vmctl: Vmctl) -> None:
    told = json.loads(vmctl(*BOOT, "-f", "json").out)

    assert told["servers"][0]["host"] == "host1"
    assert told["quotas"][0] == {"resource": "cores", "used": 3, "limit": 20}


def test_quietly_it_is_the_host_alone(vmctl: Vmctl) -> None:
    assert vmctl(*BOOT, "--quiet").out == "host1\n"


def test_where_no_host_fits_it_is_refused_for_want_of_room(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.fail(
        "PreviewBoot",
        Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "no-valid-host", "No valid host was found"),
    )

    result = vmctl(*BOOT)

    assert result.code == 6
    assert "No valid host was found" in result.err


def test_where_no_host_fits_each_ones_reason_is_shown(vmctl: Vmctl, cloud: FakeCloud) -> None:
    reason = {"host": "host1", "filter": "RamFilter", "reason": "0 MiB of RAM free"}
    refusal = Failure(
        grpc.StatusCode.RESOURCE_EXHAUSTED, "no-valid-host", "No", facts={"reasons": [reason]}
    )
    cloud.fail("PreviewBoot", refusal, refusal)

    assert "| host1 | RamFilter | 0 MiB of RAM free |" in vmctl(*BOOT).err
    told = json.loads(vmctl(*BOOT, "-f", "json").err)
    assert told["error"]["facts"]["reasons"] == [reason]


@pytest.mark.parametrize("option", ["--poll", "--trace", "--return-reservation-id"])
def test_there_is_nothing_to_wait_for(vmctl: Vmctl, cloud: FakeCloud, option: str) -> None:
    assert vmctl(*BOOT, option).code == 2
    assert cloud.calls == []
