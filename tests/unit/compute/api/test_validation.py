from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cloud import NANO, TINY
from vmctld.compute.api.validation import (
    MAX_COUNT,
    MAX_USER_DATA_BYTES,
    check_image_fits,
    checked,
    hostname_of,
)
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.image import ImageStatus
from vmctld.domain.network import NicRequest
from vmctld.domain.volume import VolumeRequest
from vmctld.errors import InvalidRequest

BOOT_VOLUME = VolumeRequest("vol-1", boot_index=0)


def _checked(**changes: Any) -> BootRequest:
    return checked(BootRequest(**{"name": "web", "flavor": "m1.nano", "image": "tiny", **changes}))


def _code(**changes: Any) -> str:
    with pytest.raises(InvalidRequest) as refused:
        _checked(**changes)
    return refused.value.code


def test_an_ordinary_request_is_taken_as_it_is() -> None:
    request = _checked(description="for tests", metadata={"role": "web"}, hostname="web-1")

    assert (request.min_count, request.max_count) == (1, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"image": None},
        {"volumes": (BOOT_VOLUME,)},
        {"image": None, "volumes": (BOOT_VOLUME, replace(BOOT_VOLUME, volume="vol-2"))},
    ],
)
def test_a_server_boots_from_exactly_one_thing(changes: dict[str, Any]) -> None:
    assert _code(**changes) == "no-boot-source"


def test_a_server_may_boot_from_a_volume() -> None:
    assert _checked(image=None, volumes=(BOOT_VOLUME,)).volumes == (BOOT_VOLUME,)


def test_user_data_is_bounded_as_novas_is() -> None:
    _checked(user_data=b"x" * MAX_USER_DATA_BYTES)

    assert _code(user_data=b"x" * (MAX_USER_DATA_BYTES + 1)) == "user-data-too-large"


@pytest.mark.parametrize(
    "metadata",
    [{"": "x"}, {"a/b": "x"}, {"k" * 256: "x"}, {"new\nline": "x"}],
)
def test_a_metadata_key_that_nova_would_refuse_is_refused(metadata: dict[str, str]) -> None:
    assert _code(metadata=metadata) == "invalid-metadata"


def test_a_metadata_value_has_its_length() -> None:
    with pytest.raises(InvalidRequest):
        _checked(metadata={"a": "x" * 256})


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, (1, 1)),
        ({"min_count": 3}, (3, 3)),
        ({"min_count": 2, "max_count": 5}, (2, 5)),
        ({"min_count": 1, "max_count": MAX_COUNT}, (1, MAX_COUNT)),
    ],
)
def test_how_many_are_wanted(changes: dict[str, int], counts: tuple[int, int]) -> None:
    request = _checked(**{"max_count": 0, **changes})

    assert (request.min_count, request.max_count) == counts


@pytest.mark.parametrize(
    "changes",
    [
        {"min_count": -1},
        {"max_count": -1},
        {"min_count": 5, "max_count": 2},
        {"max_count": MAX_COUNT + 1},
        {"max_count": 2, "hostname": "web"},
        {"max_count": 2, "volumes": (VolumeRequest("vol-1"),)},
        {"max_count": 2, "nics": (NicRequest(fixed_ip="10.20.0.9"),)},
        {"max_count": 2, "nics": (NicRequest(port_id="p-1"),)},
    ],
)
def test_counts_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    assert _code(**changes) == "invalid-count"


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "a\nb", "a\x00b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest):
        _checked(name=name)


@pytest.mark.parametrize("hostname", ["Web", "a.b", "-a", "a-", "a_b", "x" * 64, "a b"])
def test_a_host_name_is_one_label(hostname: str) -> None:
    assert _code(hostname=hostname) == "invalid-hostname"


@given(st.text(max_size=300), st.one_of(st.none(), st.integers(1, MAX_COUNT)))
def test_any_name_gives_a_host_name_that_is_one_label(name: str, index: int | None) -> None:
    label = hostname_of(name, index)

    assert 1 <= len(label) <= 63
    assert set(label) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not label.startswith("-")
    assert not label.endswith("-")
    assert hostname_of(label) == label


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": ImageStatus.QUEUED}, "image-not-active"),
        ({"min_ram_mib": 129}, "flavor-memory-too-small"),
        ({"min_disk_gib": 2}, "flavor-disk-too-small"),
        ({"virtual_size_bytes": 2**30 + 1}, "flavor-disk-too-small"),
    ],
)
def test_an_image_that_does_not_fit_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_image_fits(replace(TINY, **changes), NANO)

    assert refused.value.code == code


def test_a_flavor_without_a_disk_size_takes_any_image() -> None:
    check_image_fits(replace(TINY, virtual_size_bytes=2**40), replace(NANO, disk_gib=0))
