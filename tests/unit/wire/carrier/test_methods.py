"""What a stub calls inside the process, where it is not like over a socket."""

import grpc
import pytest

from tests.support.carriers import a_cloud, by
from vmctl.v1 import image_pb2
from vmctld.errors import NotSupported


@pytest.fixture
def cloud(tmp_path):
    with a_cloud("local", tmp_path) as cloud:
        yield cloud


def test_no_call_is_made_in_the_background(cloud):
    with pytest.raises(NotSupported):
        cloud.images.GetImage.future(image_pb2.GetImageRequest())
    with pytest.raises(NotSupported):
        cloud.images.UploadImage.future(iter([]))


def test_a_stub_of_another_kind_than_the_handler_is_not_supported(cloud):
    wrong = cloud.channel.unary_unary(
        "/vmctl.v1.ImageService/DownloadImage",
        image_pb2.DownloadImageRequest.SerializeToString,
        image_pb2.DownloadImageResponse.FromString,
    )

    with pytest.raises(NotSupported, match="different kinds"):
        wrong(image_pb2.DownloadImageRequest())


def test_what_only_a_socket_needs_is_passed_over(cloud):
    cloud.does("GetImage", lambda *_: image_pb2.Image(name="tiny"))

    answer = cloud.images.GetImage(
        image_pb2.GetImageRequest(),
        metadata=by("member"),
        wait_for_ready=True,
        compression=grpc.Compression.Gzip,
    )

    assert answer.name == "tiny"
