"""``list`` and ``show``: filters, sorting, paging."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import compute_pb2
from vmctl.v1.common_pb2 import Page
from vmctl.v1.instance_filter_pb2 import InstanceFilter
from vmctl_cli.client.server_filter import SORTED_BY_THE_DAEMON
from vmctld.storage.repositories.instance_order import SORTED_BY


@pytest.fixture(autouse=True)
def _three_servers(cloud: FakeCloud) -> None:
    servers = [
        an_instance("b", status="ERROR", host=""),
        an_instance("c", host="host2"),
        an_instance("a", host="host1"),
    ]
    cloud.answers["ListInstances"] = compute_pb2.ListInstancesResponse(instances=servers)


def _names(vmctl: Vmctl, *arguments: str) -> str:
    return vmctl("list", *arguments, "-f", "value", "-c", "name").out.replace("\n", "")


def test_filters_travel(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl(
        *("list", "--all-tenants", "--status", "ACTIVE", "--name", "we", "--host", "h1"),
        *("--deleted", "--reservation-id", "r-1", "--marker", "m", "--limit", "5"),
    )

    assert cloud.last(compute_pb2.ListInstancesRequest) == compute_pb2.ListInstancesRequest(
        page=Page(limit=5, marker="m"),
        all_projects=True,
        status="ACTIVE",
        name="we",
        host="h1",
        brief=True,
        deleted=True,
        reservation_id="r-1",
    )


@pytest.mark.parametrize(
    ("arguments", "everyone"),
    [
        ((), False),
        (("--all-tenants",), True),
        (("--all-tenants", "1"), True),
        (("--all-tenants=0",), False),
    ],
)
def test_all_tenants_takes_novas_optional_number(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], everyone: bool
) -> None:
    lines = vmctl("list", *arguments).out.splitlines()

    assert cloud.last(compute_pb2.ListInstancesRequest).all_projects is everyone
    assert ("| Tenant ID" in lines[1]) is everyone


def test_all_tenants_refuses_what_is_no_number(vmctl: Vmctl) -> None:
    assert vmctl("list", "--all-tenants", "maybe").code == 2


def test_servers_are_sorted_by_name_unless_asked_otherwise(vmctl: Vmctl) -> None:
    assert _names(vmctl) == "abc"
    assert _names(vmctl, "--sort", "name") == "cba"
    assert _names(vmctl, "--sort", "name:asc") == "abc"
    assert _names(vmctl, "--sort", "status:asc,name:desc") == "cab"
    assert _names(vmctl, "--sort", "host:asc") == "bac"


@pytest.mark.parametrize("sort", ["colour", "name:up"])
def test_sorting_by_what_is_not_there_is_refused(vmctl: Vmctl, sort: str) -> None:
    assert vmctl("list", "--sort", sort).code == 2


def test_minimal_shows_ids_and_names(vmctl: Vmctl) -> None:
    assert vmctl("list", "--minimal").out.splitlines()[1] == "| ID      | Name |"


def test_fields_choose_the_columns_after_the_id(vmctl: Vmctl) -> None:
    header = vmctl("list", "--fields", "host,power_state,Networks").out.splitlines()[1]

    assert header.split("|")[1:-1] == [
        " ID      ",
        " Host  ",
        " Power State ",
        " Networks          ",
    ]


def test_unknown_fields_are_refused_in_novas_words(vmctl: Vmctl) -> None:
    result = vmctl("list", "--fields", "name,bogus")

    assert result.code == 2
    assert "Non-existent fields are specified: ['bogus']" in result.err


def test_long_lists_come_in_pages(vmctl: Vmctl, cloud: FakeCloud) -> None:
    pages = {
        "": compute_pb2.ListInstancesResponse(
            instances=[an_instance("a"), an_instance("b")], next_marker="id-of-b"
        ),
        "id-of-b": compute_pb2.ListInstancesResponse(instances=[an_instance("c")]),
    }
    cloud.answers["ListInstances"] = lambda request: pages[request.page.marker]

    assert _names(vmctl) == "abc"
    assert _names(vmctl, "--limit", "2") == "ab"


def test_ten_thousand_servers_come_page_by_page(vmctl: Vmctl, cloud: FakeCloud) -> None:
    def page(request: compute_pb2.ListInstancesRequest) -> compute_pb2.ListInstancesResponse:
        begin = int(request.page.marker or 0)
        end = begin + request.page.limit
        return compute_pb2.ListInstancesResponse(
            instances=[
                compute_pb2.Instance(id=str(number), name=f"s{number}")
                for number in range(begin + 1, end + 1)
            ],
            next_marker=str(end) if end < 10_000 else "",
        )

    cloud.answers["ListInstances"] = page

    assert len(vmctl("list", "--quiet").out.splitlines()) == 10_000
    assert cloud.methods().count("ListInstances") == 10
    assert len(vmctl("list", "--quiet", "--limit", "1500").out.splitlines()) == 1500
    assert cloud.last(compute_pb2.ListInstancesRequest).page.limit == 500


def test_a_filter_that_is_not_served_is_refused_by_its_name(vmctl: Vmctl) -> None:
    result = vmctl("list", "--progress", "50")

    assert result.code == 7
    assert "the option --progress is not supported" in result.err


SINCE = Timestamp(seconds=1767323045)  # 2026-01-02T03:04:05Z


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (("--name", "^web-[0-9]+$"), {"name_pattern": "^web-[0-9]+$"}),
        (("--ip", "10[.]", "--ip6", "fd00"), {"ip_pattern": "10[.]", "ip6_pattern": "fd00"}),
        (("--flavor", "m1", "--image", "tiny"), {"flavor": "m1", "image": "tiny"}),
        (("--tenant", "web", "--user", "ada"), {"project": "web", "user": "ada"}),
        (("--availability-zone", "z"), {"availability_zone": "z"}),
        (("--key-name", "k", "--vm-state", "active"), {"key_name": "k", "vm_state": "active"}),
        (("--task-state", "spawning"), {"task_state": "spawning"}),
        (("--power-state", "running"), {"power_state": 1}),
        (("--power-state", "0"), {"power_state": 0}),
        (("--config-drive",), {"config_drive": True}),
        (("--no-config-drive",), {"config_drive": False}),
        (("--locked", "true"), {"locked": True}),
        (("--locked", "0"), {"locked": False}),
        (("--changes-since", "2026-01-02T03:04:05Z"), {"changed_since": SINCE}),
        (("--changes-before", "2026-01-02T05:04:05+02:00"), {"changed_before": SINCE}),
        (("--changes-before", "2026-01-02T03:04:05"), {"changed_before": SINCE}),
        (("--tags", "a,b", "--tags-any", "c"), {"tags": ["a", "b"], "tags_any": ["c"]}),
        (("--not-tags", "a", "--not-tags-any", "b,"), {"not_tags": ["a"], "not_tags_any": ["b"]}),
    ],
)
def test_every_filter_of_novas_is_the_daemons_work(
    vmctl: Vmctl, cloud: FakeCloud, options: tuple[str, ...], asked: dict[str, Any]
) -> None:
    assert vmctl("list", *options).code == 0

    request = cloud.last(compute_pb2.ListInstancesRequest)
    assert request.filter == InstanceFilter(**asked)
    assert not request.name


@pytest.mark.parametrize(
    "options",
    [("--changes-since", "yesterday"), ("--power-state", "tired"), ("--locked", "perhaps")],
)
def test_a_filter_that_makes_no_sense_is_refused(vmctl: Vmctl, options: tuple[str, ...]) -> None:
    assert vmctl("list", *options).code == 2


def test_the_columns_follow_the_question(vmctl: Vmctl) -> None:
    assert "| Tenant ID" in vmctl("list", "--tenant", "web").out
    assert "| Updated" in vmctl("list", "--changes-since", "2026-01-02").out


def test_a_sorted_list_is_sorted_by_the_daemon_page_by_page(vmctl: Vmctl, cloud: FakeCloud) -> None:
    vmctl("list", "--sort", "host,created:asc", "--limit", "2", "--marker", "id-of-a")

    request = cloud.last(compute_pb2.ListInstancesRequest)
    assert request.page == Page(limit=2, marker="id-of-a")
    assert [(key.field, key.descending) for key in request.sort] == [
        ("host", True),
        ("created_at", False),
    ]


def test_the_daemon_sorts_by_all_that_it_is_asked_to_sort_by() -> None:
    assert set(SORTED_BY) == SORTED_BY_THE_DAEMON


def test_what_only_the_command_can_sort_by_goes_over_all_servers_before_the_limit(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    assert _names(vmctl, "--sort", "tags:asc,name:asc", "--limit", "2") == "ab"
    assert cloud.last(compute_pb2.ListInstancesRequest).page.limit == 1000
    assert _names(vmctl, "--sort", "tags:asc,name:asc", "--marker", "id-of-a") == "bc"


@pytest.mark.parametrize(
    ("options", "brief"),
    [
        ((), True),
        (("--quiet",), True),
        (("-f", "csv"), True),
        (("-f", "json"), False),
        (("-c", "host"), False),
        (("--fields", "host"), False),
    ],
)
def test_a_table_asks_for_no_more_than_it_shows(
    vmctl: Vmctl, cloud: FakeCloud, options: tuple[str, ...], brief: bool
) -> None:
    assert vmctl("list", *options).code == 0
    assert cloud.last(compute_pb2.ListInstancesRequest).brief is brief


def test_a_watched_list_comes_again_until_the_timeout(vmctl: Vmctl, cloud: FakeCloud) -> None:
    result = vmctl("--timeout", "0.35", "list", "--watch", "0.1", "-f", "value", "-c", "name")

    pictures = result.out.split("\n\n")
    assert result.code == 0
    assert len(pictures) == cloud.methods().count("ListInstances") > 1
    assert {picture.strip() for picture in pictures} == {"a\nb\nc"}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, "tiny (id-of-tiny)"),
        ({"image_name": ""}, "Image not found (id-of-tiny)"),
        ({"image_id": ""}, "Attempt to boot from volume - no image supplied"),
    ],
)
def test_show_names_the_image_as_nova_does(
    vmctl: Vmctl, cloud: FakeCloud, fields: dict[str, str], shown: str
) -> None:
    cloud.answers["GetInstance"] = an_instance(**fields)

    lines = vmctl("show", "web1").out.splitlines()

    row = next(line for line in lines if line.startswith("| image"))
    assert row.split("|")[2].strip() == shown


def test_show_names_each_network_and_the_fault(vmctl: Vmctl, cloud: FakeCloud) -> None:
    address = compute_pb2.NetworkAddress
    cloud.answers["GetInstance"] = an_instance(
        addresses=[
            address(network="a", address="10.0.0.1"),
            address(network="a", address="10.0.0.2"),
            address(network="b", address="10.1.0.1"),
        ],
        fault=compute_pb2.Fault(
            code="no-valid-host", message="no room", step=10, component="scheduler", hint="wait"
        ),
    )

    out = vmctl("show", "web1").out

    assert "| a network" in out
    assert "10.0.0.1, 10.0.0.2" in out
    assert "| no-valid-host (step 10, scheduler) |" in out
    assert "| hint: wait " in out
