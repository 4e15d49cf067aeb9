from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.aggregate_image_properties import (
    aggregates_agree_with_the_image,
)

HOST = a_host(aggregate_metadata={"os_distro": frozenset({"debian", "ubuntu"})})


def test_an_image_that_says_the_same_is_taken() -> None:
    wanted = a_request(image_properties={"os_distro": "debian"})

    assert aggregates_agree_with_the_image(HOST, wanted) is None


def test_an_image_that_says_otherwise_is_refused() -> None:
    wanted = a_request(image_properties={"os_distro": "windows"})

    assert aggregates_agree_with_the_image(HOST, wanted) == (
        "its aggregates have os_distro debian, ubuntu, the image has windows"
    )


def test_what_only_one_of_them_says_keeps_nobody_out() -> None:
    assert aggregates_agree_with_the_image(HOST, a_request(image_properties={"a": "b"})) is None
    assert aggregates_agree_with_the_image(HOST, a_request()) is None
