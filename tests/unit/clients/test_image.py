"""The image service as its clients see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.carriers import Cloud, a_cloud
from tests.support.filled import filled
from vmctl.v1 import image_pb2 as pb
from vmctld.clients.image import ImageClient
from vmctld.domain.identity import Caller
from vmctld.domain.image import Image
from vmctld.errors import NotFound
from vmctld.observe.context import bind
from vmctld.wire.convert.image import image_to_proto

IMAGE = filled(Image)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with a_cloud("local", tmp_path) as cloud:
        yield cloud


@pytest.fixture
def client(cloud: Cloud) -> ImageClient:
    return ImageClient(cloud.channel)


def test_an_image_is_asked_for_with_the_callers_token(cloud: Cloud, client: ImageClient) -> None:
    asked: list[str] = []

    def answer(request: pb.GetImageRequest, _context: object) -> pb.Image:
        asked.append(request.image)
        return image_to_proto(IMAGE)

    cloud.does("GetImage", answer)

    with bind(token="member"):
        assert client.get_image("tiny") == IMAGE
    assert asked == ["tiny"]


def test_a_build_learns_where_the_image_is_and_how_long_its_token_took(
    cloud: Cloud, client: ImageClient
) -> None:
    located = pb.LocateImageResponse(image=image_to_proto(IMAGE), path="/images/one")
    cloud.does("LocateImage", lambda *_: located)
    cloud.tokens.callers["build"] = allowed(cloud, "LocateImage")

    with bind(token="build"):
        served = client.locate(IMAGE.id)

    assert served.value is not None
    assert (served.value.image, served.value.path) == (IMAGE, Path("/images/one"))
    assert served.validation is not None
    assert served.validation.duration_ms == 1.5


def test_a_store_on_another_machine_gives_no_path(cloud: Cloud, client: ImageClient) -> None:
    cloud.does("LocateImage", lambda *_: pb.LocateImageResponse(image=image_to_proto(IMAGE)))

    with bind(token="service"):
        assert client.file_of(IMAGE.id) == (IMAGE, None)


def test_no_image_is_asked_for_all_the_same(cloud: Cloud, client: ImageClient) -> None:
    cloud.does("LocateImage", lambda *_: pb.LocateImageResponse())

    with bind(token="service"):
        assert client.locate(None).value is None
        with pytest.raises(NotFound):
            client.file_of("absent")


def test_a_download_is_the_bytes_alone(cloud: Cloud, client: ImageClient) -> None:
    def answers(
        request: pb.DownloadImageRequest, _context: object
    ) -> Iterator[pb.DownloadImageResponse]:
        yield pb.DownloadImageResponse(sha256="abc", size_bytes=8)
        yield pb.DownloadImageResponse(chunk=b"abcdefgh"[request.offset_bytes :])

    cloud.does("DownloadImage", answers)

    with bind(token="service"):
        assert list(client.download(IMAGE.id, offset_bytes=5)) == [b"fgh"]


def allowed(cloud: Cloud, method: str) -> Caller:
    build = cloud.tokens.callers["build"]
    return replace(build, calls=frozenset({f"/vmctl.v1.ImageService/{method}"}))
