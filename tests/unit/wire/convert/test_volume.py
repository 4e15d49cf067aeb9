"""Volumes on the wire: nothing is lost on the way there and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.filled import filled
from tests.support.round_trip import assert_survives
from vmctld.domain.volume import AttachmentRequest, Volume, VolumeConnection, VolumeRequest
from vmctld.wire.convert import volume as convert


@pytest.mark.parametrize(
    ("noun", "to_proto", "from_proto"),
    [
        (Volume, convert.volume_to_proto, convert.volume_from_proto),
        (VolumeRequest, convert.volume_request_to_proto, convert.volume_request_from_proto),
        (AttachmentRequest, convert.attachment_to_proto, convert.attachment_from_proto),
        (VolumeConnection, convert.connection_to_proto, convert.connection_from_proto),
    ],
)
def test_every_field_comes_back(
    noun: type, to_proto: Callable[[Any], Any], from_proto: Callable[[Any], Any]
) -> None:
    assert_survives(filled(noun), to_proto, from_proto)


def test_a_volume_of_nobody_and_of_no_image_stays_one() -> None:
    blank = replace(filled(Volume), image_id=None, attachment_id=None, instance_id=None)

    assert convert.volume_from_proto(convert.volume_to_proto(blank)) == blank


@pytest.mark.parametrize("boot_index", [None, 0, 1, -1])
def test_no_boot_index_and_the_first_one_are_different_wishes(boot_index: int | None) -> None:
    request = VolumeRequest("data", boot_index)

    message = convert.volume_request_to_proto(request)

    assert convert.volume_request_from_proto(message) == request
