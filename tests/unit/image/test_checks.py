"""What an image may be called, be made public by, and carry along."""

from __future__ import annotations

import pytest

from tests.support.callers import a_caller, an_admin
from vmctld.domain.image import DiskFormat, Visibility
from vmctld.errors import Forbidden, InvalidRequest
from vmctld.image.checks import (
    check_minimum,
    check_properties,
    disk_format_from,
    visibility_from,
)


def test_formats_are_known_by_name_and_an_empty_one_leaves_it_to_the_bytes() -> None:
    assert disk_format_from(" QCOW2 ") is DiskFormat.QCOW2
    assert disk_format_from("raw") is DiskFormat.RAW
    assert disk_format_from("") is None


@pytest.mark.parametrize("name", ["vmdk", "iso", "auto", "\x1b"])
def test_other_formats_are_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        disk_format_from(name)

    assert refusal.value.code == "image-format-unsupported"


def test_everybody_keeps_images_private_and_admins_make_them_public() -> None:
    assert visibility_from("", a_caller()) is Visibility.PRIVATE
    assert visibility_from("private", a_caller()) is Visibility.PRIVATE
    assert visibility_from("Public", an_admin()) is Visibility.PUBLIC
    with pytest.raises(Forbidden) as refusal:
        visibility_from("public", a_caller())
    assert refusal.value.code == "public-needs-admin"
    with pytest.raises(InvalidRequest):
        visibility_from("shared", an_admin())


def test_a_minimum_is_neither_negative_nor_absurd() -> None:
    assert check_minimum(0, 10, "minimum") == 0
    assert check_minimum(10, 10, "minimum") == 10
    for value in (-1, 11):
        with pytest.raises(InvalidRequest):
            check_minimum(value, 10, "minimum")


def test_as_many_properties_as_allowed_pass() -> None:
    properties = {f"{number:0255}": "v" * 1024 for number in range(128)}

    assert check_properties(properties) == properties


@pytest.mark.parametrize(
    "properties",
    [
        {str(number): "" for number in range(129)},
        {"": "v"},
        {"k" * 256: "v"},
        {"k\n": "v"},
        {"k": "v" * 1025},
        {"k": "v\0"},
    ],
    ids=["too many", "no key", "long key", "odd key", "long value", "odd value"],
)
def test_too_many_too_long_or_unprintable_ones_are_refused(properties: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        check_properties(properties)

    assert refusal.value.code == "invalid-properties"
