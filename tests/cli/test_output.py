"""What is printed: formats, columns, ids."""

from __future__ import annotations

import csv
import io
import json

import pytest
import yaml
from google.protobuf.message import Message

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import (
    aggregate_pb2,
    compute_pb2,
    flavor_pb2,
    identity_pb2,
    image_pb2,
    keypair_pb2,
    network_pb2,
    server_group_pb2,
    volume_pb2,
)

EMPTY_TABLE = """\
+----+------+--------+------------+-------------+----------+
| ID | Name | Status | Task State | Power State | Networks |
+----+------+--------+------------+-------------+----------+
+----+------+--------+------------+-------------+----------+
"""


@pytest.fixture(autouse=True)
def _two_servers(cloud: FakeCloud) -> None:
    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse(
        instances=[an_instance("web2"), an_instance("web1")]
    )
    cloud.answers["GetInstance"] = an_instance("web1")


def test_a_list_looks_as_novas(vmctl: Vmctl) -> None:
    result = vmctl("list")

    assert result.code == 0
    assert result.out == (
        "+------------+------+--------+------------+-------------+-------------------+\n"
        "| ID         | Name | Status | Task State | Power State | Networks          |\n"
        "+------------+------+--------+------------+-------------+-------------------+\n"
        "| id-of-web1 | web1 | ACTIVE | -          | Running     | private=10.20.0.5 |\n"
        "| id-of-web2 | web2 | ACTIVE | -          | Running     | private=10.20.0.5 |\n"
        "+------------+------+--------+------------+-------------+-------------------+\n"
    )
    assert result.err == ""


def test_an_empty_list_prints_its_header_and_succeeds(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse()

    result = vmctl("list")

    assert (result.code, result.out) == (0, EMPTY_TABLE)


def test_one_thing_is_a_table_of_properties_sorted_by_name(vmctl: Vmctl) -> None:
    lines = vmctl("show", "web1").out.splitlines()

    names = [line.split("|")[1].strip() for line in lines[3:-1]]
    assert lines[1].split() == ["|", "Property", "|", "Value", "|"]
    assert names == sorted(names)
    assert {"OS-EXT-STS:vm_state", "flavor:ram", "private network", "tenant_id"} <= set(names)


def test_json_has_every_field_by_its_snake_case_name(vmctl: Vmctl) -> None:
    found = json.loads(vmctl("show", "web1", "-f", "json").out)

    assert found["flavor"]["ram_mib"] == 128
    assert found["created_at"] == "2026-01-02T03:04:05.250Z"
    assert found["launched_at"] is None
    assert found["addresses"] == [
        {"network": "private", "address": "10.20.0.5", "port_id": "p1", "mac": "fa:16:3e:0:0:1"}
    ]


def test_json_of_a_list_is_an_array_even_when_it_is_empty(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert [one["name"] for one in json.loads(vmctl("list", "-f", "json").out)] == ["web1", "web2"]

    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse()
    assert json.loads(vmctl("list", "-f", "json").out) == []


def test_yaml_holds_what_json_holds(vmctl: Vmctl) -> None:
    as_json = json.loads(vmctl("show", "web1", "-f", "json").out)

    assert yaml.safe_load(vmctl("show", "web1", "-f", "yaml").out) == as_json


def test_csv_has_a_header_of_keys(vmctl: Vmctl) -> None:
    rows = list(csv.reader(io.StringIO(vmctl("list", "-f", "csv", "-c", "id", "-c", "Name").out)))

    assert rows == [["id", "name"], ["id-of-web1", "web1"], ["id-of-web2", "web2"]]


def test_value_prints_bare_values(vmctl: Vmctl) -> None:
    assert vmctl("show", "web1", "-f", "value", "-c", "status").out == "ACTIVE\n"
    assert vmctl("list", "-f", "value", "-c", "name", "-c", "task_state").out == "web1 \nweb2 \n"


@pytest.mark.parametrize("name", ["task_state", "Task State", "TASK STATE", "host", "HOST"])
def test_a_column_goes_by_its_key_or_its_heading_in_any_case(vmctl: Vmctl, name: str) -> None:
    result = vmctl("list", "-f", "json", "-c", name)

    assert list(json.loads(result.out)[0]) == [name.lower().replace(" ", "_")]


def test_an_unknown_column_names_those_there_are(vmctl: Vmctl) -> None:
    result = vmctl("list", "-c", "colour")

    assert result.code == 2
    assert result.err.startswith("ERROR (InvalidRequest): there is no column 'colour'\nhint: ")
    assert "power_state" in result.err


def test_quiet_prints_ids_only(vmctl: Vmctl) -> None:
    assert vmctl("list", "--quiet").out == "id-of-web1\nid-of-web2\n"
    assert vmctl("--quiet", "show", "web1").out == "id-of-web1\n"


def test_global_options_work_before_and_after_the_command(vmctl: Vmctl) -> None:
    assert vmctl("-f", "json", "list").out == vmctl("list", "-f", "json").out


def test_the_environment_sets_the_format_and_an_option_beats_it(
    vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VMCTL_FORMAT", "json")

    assert json.loads(vmctl("list").out)
    assert vmctl("list", "-f", "value", "-c", "name").out == "web1\nweb2\n"


def test_an_unknown_format_is_refused(vmctl: Vmctl) -> None:
    result = vmctl("list", "-f", "xml")

    assert result.code == 2
    assert "table, json, yaml, csv, value" in result.err


@pytest.mark.parametrize("shape", ["table", "csv", "value", "json", "yaml"])
def test_a_name_cannot_drive_the_terminal(vmctl: Vmctl, cloud: FakeCloud, shape: str) -> None:
    evil = an_instance("a\x1b[2Jb\x9bc\u202ed")
    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse(instances=[evil])

    printed = vmctl("list", "-f", shape).out

    assert not set(printed) & {"\x1b", "\x9b", "\u202e"}


def test_wide_characters_keep_the_table_straight(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse(
        instances=[an_instance("機械")]
    )

    lines = vmctl("list", "-c", "name", "-c", "status").out.splitlines()

    assert lines[0] == "+------+--------+"
    assert lines[3] == "| 機械 | ACTIVE |"


@pytest.mark.parametrize(
    ("command", "method", "answer"),
    [
        ("list", "ListInstances", compute_pb2.ListInstancesResponse()),
        ("trash-list", "ListInstances", compute_pb2.ListInstancesResponse()),
        ("volume-list", "ListVolumes", volume_pb2.ListVolumesResponse()),
        ("image-list", "ListImages", image_pb2.ListImagesResponse()),
        ("network-list", "ListNetworks", network_pb2.ListNetworksResponse()),
        ("subnet-list", "ListSubnets", network_pb2.ListSubnetsResponse()),
        ("port-list", "ListPorts", network_pb2.ListPortsResponse()),
        ("keypair-list", "ListKeypairs", keypair_pb2.ListKeypairsResponse()),
        ("flavor-list", "ListFlavors", flavor_pb2.ListFlavorsResponse()),
        ("aggregate-list", "ListAggregates", aggregate_pb2.ListAggregatesResponse()),
        ("user-list", "ListUsers", identity_pb2.ListUsersResponse()),
        ("project-list", "ListProjects", identity_pb2.ListProjectsResponse()),
        ("server-group-list", "ListServerGroups", server_group_pb2.ListServerGroupsResponse()),
    ],
)
def test_a_column_that_no_list_has_is_refused_by_an_empty_one_too(
    vmctl: Vmctl, cloud: FakeCloud, command: str, method: str, answer: Message
) -> None:
    cloud.answers[method] = answer

    refused = vmctl(command, "-c", "nope")

    assert refused.code == 2
    assert "there is no column 'nope'" in refused.err
    assert vmctl(command, "-c", "name").code == 0
