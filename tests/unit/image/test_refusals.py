"""The ways in which an image's bytes are refused."""

from __future__ import annotations

from vmctld.errors import Exhausted, InvalidRequest
from vmctld.image.refusals import cut_off, refused, too_large


def test_a_refusal_has_a_code_a_reason_and_a_way_out() -> None:
    error = refused("backing-file", "has a backing file")

    assert isinstance(error, InvalidRequest)
    assert error.code == "image-backing-file"
    assert error.message == "the image has a backing file"
    assert "qemu-img convert" in error.hint


def test_a_cut_off_image_says_how_much_is_missing() -> None:
    error = cut_off("data", 1000, 600)

    assert error.facts == {"end_bytes": 1000, "size_bytes": 600}
    assert "1000" in error.message


def test_a_disk_that_is_too_large_is_a_matter_of_room() -> None:
    error = too_large(2000, 1000)

    assert isinstance(error, Exhausted)
    assert error.facts == {"virtual_size_bytes": 2000, "limit_bytes": 1000}
