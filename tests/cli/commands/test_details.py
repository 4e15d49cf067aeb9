"""``update``, ``meta``, ``server-tag-*``: what goes over the wire."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from tests.cli.messages import an_instance
from vmctl.v1 import instance_details_pb2 as pb

WEB = "web1"


@pytest.mark.parametrize(
    ("arguments", "request_"),
    [
        (("update", "--name", "db", WEB), pb.UpdateInstanceRequest(instance=WEB, name="db")),
        (
            ("update", "--description", "", "--hostname", "h", WEB),
            pb.UpdateInstanceRequest(instance=WEB, description="", hostname="h"),
        ),
        (
            ("meta", WEB, "set", "a=1", "b=x=y"),
            pb.SetMetadataRequest(instance=WEB, metadata={"a": "1", "b": "x=y"}),
        ),
        (
            ("meta", WEB, "delete", "a", "b=2"),
            pb.DeleteMetadataRequest(instance=WEB, keys=["a", "b"]),
        ),
        (("server-tag-add", WEB, "x", "y"), pb.AddTagsRequest(instance=WEB, tags=["x", "y"])),
        (("server-tag-set", WEB, "x"), pb.ReplaceTagsRequest(instance=WEB, tags=["x"])),
        (("server-tag-delete", WEB, "x"), pb.DeleteTagsRequest(instance=WEB, tags=["x"])),
        (("server-tag-delete-all", WEB), pb.ReplaceTagsRequest(instance=WEB)),
    ],
)
def test_what_is_written_travels_and_nothing_is_said(
    vmctl: Vmctl, cloud: FakeCloud, arguments: tuple[str, ...], request_: Message
) -> None:
    result = vmctl(*arguments)

    assert (result.code, result.out, result.err) == (0, "", "")
    assert cloud.requests[-1] == request_


def test_an_update_of_nothing_is_refused(vmctl: Vmctl) -> None:
    assert vmctl("update", WEB).code == 2


def test_an_item_without_a_value_cannot_be_set(vmctl: Vmctl) -> None:
    assert "'a' is not in the format of 'key=value'" in vmctl("meta", WEB, "set", "a").err


def test_tags_are_listed(vmctl: Vmctl, cloud: FakeCloud) -> None:
    cloud.answers["GetInstance"] = an_instance(tags=["blue", "prod"])

    assert vmctl("server-tag-list", WEB, "-f", "value").out == "blue\nprod\n"
    assert vmctl("server-tag-list", WEB).out.splitlines()[1] == "| Tag  |"
