"""Images on the wire."""

from __future__ import annotations

from dataclasses import replace

from tests.support.filled import filled
from tests.support.round_trip import assert_survives
from vmctl.v1 import image_pb2 as pb
from vmctld.domain.image import Image, ImageChanges, ImageDescription
from vmctld.wire.convert.image import (
    description_from_proto,
    description_to_proto,
    image_changes_from_proto,
    image_from_proto,
    image_to_proto,
)


def test_an_image_survives() -> None:
    assert_survives(filled(Image), image_to_proto, image_from_proto)


def test_what_is_not_known_yet_stays_unknown() -> None:
    saving = replace(
        filled(Image), disk_format=None, size_bytes=None, virtual_size_bytes=None, sha256=None
    )

    assert image_from_proto(image_to_proto(saving)) == saving


def test_a_description_survives() -> None:
    assert_survives(filled(ImageDescription), description_to_proto, description_from_proto)


def test_a_description_without_a_size_has_none() -> None:
    described = ImageDescription("tiny")

    assert description_from_proto(description_to_proto(described)) == described


def test_changes_are_what_is_there_and_nothing_else() -> None:
    assert image_changes_from_proto(pb.UpdateImageRequest(image="tiny")) == ImageChanges()
    request = pb.UpdateImageRequest(
        image="tiny",
        name="",
        min_disk_gib=0,
        min_ram_mib=96,
        visibility="public",
        protected=False,
        set_properties={"a": "b"},
        unset_properties=["c"],
    )
    assert image_changes_from_proto(request) == ImageChanges(
        name="",
        min_disk_gib=0,
        min_ram_mib=96,
        visibility="public",
        protected=False,
        set_properties={"a": "b"},
        unset_properties=("c",),
    )
