from __future__ import annotations

import pytest

from vmctld.compute.aggregate_metadata import MAX_ITEMS, changed_metadata, checked_zone
from vmctld.errors import InvalidRequest


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ssd", "true"),
        ("hw:numa.nodes-1_x", ""),
        ("cpu_allocation_ratio", "16.0"),
        ("max_instances_per_host", "0"),
        ("max_io_ops_per_host", "8"),
    ],
)
def test_what_an_aggregate_may_say_is_kept(key: str, value: str) -> None:
    assert changed_metadata({}, {key: value}) == {key: value}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("", "x"),
        ("a b", "x"),
        ("k" * 256, "x"),
        ("k", "v" * 256),
        ("k", "a\nb"),
        ("cpu_allocation_ratio", "much"),
        ("ram_allocation_ratio", "0"),
        ("disk_allocation_ratio", "nan"),
        ("disk_allocation_ratio", "1001"),
        ("max_instances_per_host", "-1"),
        ("max_io_ops_per_host", "1.5"),
    ],
)
def test_what_no_one_could_understand_is_refused(key: str, value: str) -> None:
    with pytest.raises(InvalidRequest):
        changed_metadata({}, {key: value})


def test_there_is_a_most_of_what_an_aggregate_says() -> None:
    with pytest.raises(InvalidRequest):
        changed_metadata({}, {f"key-{number}": "x" for number in range(MAX_ITEMS + 1)})


def test_a_zones_name_holds_no_colon() -> None:
    assert checked_zone(" mars ") == "mars"
    with pytest.raises(InvalidRequest):
        checked_zone("mars:host")
