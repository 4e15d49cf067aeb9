"""``aggregate-*``, ``availability-zone-list``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import CREATED
from vmctl.v1 import aggregate_pb2 as pb

FAST = pb.Aggregate(
    id="a1", name="fast", availability_zone="mars", hosts=["host1"], metadata={"ssd": "true"}
)


@pytest.fixture(autouse=True)
def _has_one(cloud: FakeCloud) -> None:
    for verb in ("Create", "Get", "Update"):
        cloud.answers[f"{verb}Aggregate"] = FAST
    cloud.answers["ListAggregates"] = pb.ListAggregatesResponse(aggregates=[FAST])
    cloud.answers["AddAggregateHost"] = cloud.answers["RemoveAggregateHost"] = FAST


def test_an_aggregate_is_shown_in_novas_one_row(vmctl: Vmctl) -> None:
    row = vmctl("aggregate-show", "fast").out.splitlines()[3]

    assert [cell.strip() for cell in row.split("|")[1:-1]] == [
        *("a1", "fast", "mars", "'host1'"),
        "'availability_zone=mars', 'ssd=true'",
    ]


def test_as_json_it_is_one_object_with_every_field(vmctl: Vmctl) -> None:
    shown = json.loads(vmctl("aggregate-show", "fast", "-f", "json").out)

    assert (shown["hosts"], shown["metadata"]) == (["host1"], {"ssd": "true"})


def test_aggregates_are_made_listed_changed_and_deleted(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("aggregate-create", "fast", "mars")
    assert "| a1 | fast | mars" in vmctl("aggregate-list").out
    changed = vmctl("aggregate-update", "fast", "--availability-zone", "")
    gone = vmctl("aggregate-delete", "fast")

    assert changed.err == "Aggregate fast has been successfully updated.\n"
    assert gone.err == "Aggregate fast has been successfully deleted.\n"
    assert cloud.requests == [
        pb.CreateAggregateRequest(name="fast", availability_zone="mars"),
        pb.ListAggregatesRequest(),
        pb.UpdateAggregateRequest(aggregate="fast", availability_zone=""),
        pb.DeleteAggregateRequest(aggregate="fast"),
    ]
    assert vmctl("aggregate-update", "fast").code == 2


def test_hosts_are_put_in_and_taken_out_in_novas_words(vmctl: Vmctl, cloud: FakeCloud) -> None:
    added = vmctl("aggregate-add-host", "fast", "host1")
    removed = vmctl("aggregate-remove-host", "fast", "host1")

    assert added.err == "Host host1 has been successfully added for aggregate fast\n"
    assert removed.err == "Host host1 has been successfully removed from aggregate fast\n"
    assert cloud.requests == [
        pb.AddAggregateHostRequest(aggregate="fast", host="host1"),
        pb.RemoveAggregateHostRequest(aggregate="fast", host="host1"),
    ]


def test_a_key_without_a_value_is_taken_away(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("aggregate-set-metadata", "fast", "ssd=true", "old", "x=")

    assert result.err == "Metadata has been successfully updated for aggregate fast.\n"
    assert cloud.requests == [
        pb.UpdateAggregateRequest(
            aggregate="fast", set_metadata={"ssd": "true", "x": ""}, unset_metadata=["old"]
        )
    ]


def test_zones_are_drawn_as_a_tree_with_their_hosts(vmctl: Vmctl, cloud: FakeCloud) -> None:
    hosts = [
        pb.ZoneHost(name="host1", enabled=True, up=True, seen_at=CREATED),
        pb.ZoneHost(name="host2", enabled=False, up=False, seen_at=CREATED),
    ]
    cloud.answers["ListAvailabilityZones"] = pb.ListAvailabilityZonesResponse(
        zones=[pb.AvailabilityZone(name="nova", available=True, hosts=hosts)]
    )

    lines = vmctl("availability-zone-list").out.splitlines()[3:-1]

    assert [[cell.strip() for cell in line[2:-2].rsplit(" | ", 1)] for line in lines] == [
        ["nova", "available"],
        ["|- host1", ""],
        ["| |- nova-compute", "enabled :-) 2026-01-02T03:04:05Z"],
        ["|- host2", ""],
        ["| |- nova-compute", "disabled XXX 2026-01-02T03:04:05Z"],
    ]
    assert json.loads(vmctl("availability-zone-list", "-f", "json").out)[0]["name"] == "nova"
