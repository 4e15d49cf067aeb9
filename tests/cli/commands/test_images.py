"""``image-list``, ``image-show``, ``image-set``, ``image-delete``, ``image-create``."""

from __future__ import annotations

import json

import grpc
import pytest

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import Failure, FakeCloud
from vmctl.v1 import image_pb2
from vmctl.v1.common_pb2 import Page

TINY = image_pb2.Image(
    id="id-of-tiny", name="tiny", status="active", disk_format="qcow2", size_bytes=7, sha256="ab"
)


def test_images_are_listed(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["ListImages"] = image_pb2.ListImagesResponse(images=[TINY])

    result = vmctl("image-list", "--name", "tiny", "--limit", "3", "--marker", "m")

    assert "| id-of-tiny | tiny | active | qcow2       | 7    |" in result.out
    assert cloud.last(image_pb2.ListImagesRequest) == image_pb2.ListImagesRequest(
        page=Page(limit=3, marker="m"), name="tiny"
    )


def test_what_is_not_known_of_an_image_is_null(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["GetImage"] = image_pb2.Image(id="1", status="queued")

    found = json.loads(vmctl("image-show", "tiny", "-f", "json").out)

    assert [found[key] for key in ("size_bytes", "virtual_size_bytes", "sha256")] == [None] * 3
    assert [found[key] for key in ("disk_format", "created_at")] == [None] * 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--name", "new"), {"name": "new"}),
        (("--min-ram", "0"), {"min_ram_mib": 0}),
        (("--min-disk", "2", "--public"), {"min_disk_gib": 2, "visibility": "public"}),
        (("--visibility", "private"), {"visibility": "private"}),
        (("--protected",), {"protected": True}),
        (("--unprotected",), {"protected": False}),
        (
            ("--property", "a=1", "--remove-property", "b"),
            {"set_properties": {"a": "1"}, "unset_properties": ["b"]},
        ),
    ],
)
def test_only_what_is_given_changes(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], expected: dict[str, object]
) -> None:
    cloud.answers["UpdateImage"] = TINY

    assert vmctl("image-set", *arguments, "tiny").code == 0
    assert cloud.last(image_pb2.UpdateImageRequest) == image_pb2.UpdateImageRequest(
        image="tiny", **expected
    )


def test_nothing_to_change_is_refused(vmctl: Vmctl, cloud: FakeCloud) -> None:
    assert vmctl("image-set", "tiny").code == 2
    assert cloud.calls == []


def test_of_several_deletions_the_highest_code_counts(vmctl: Vmctl, cloud: FakeCloud) -> None:
    protected = Failure(grpc.StatusCode.FAILED_PRECONDITION, "image-protected", "it is protected")
    cloud.fail("DeleteImage", protected)

    result = vmctl("image-delete", "a", "b")

    assert result.code == 5
    assert result.err == "ERROR (WrongState): it is protected\nImage b is deleted.\n"
