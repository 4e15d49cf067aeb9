"""Images: what servers are booted from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from vmctl.v1 import image_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.image_pb2_grpc import ImageServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.pages import all_of
from vmctl_cli.client.values import or_none, time_of
from vmctl_cli.errors import CliError, invalid


@dataclass(frozen=True, slots=True)
class Image:
    """One image, every field of it."""

    id: str
    name: str
    project_id: str
    status: str
    disk_format: str | None
    size_bytes: int | None
    virtual_size_bytes: int | None
    sha256: str | None
    min_disk_gib: int
    min_ram_mib: int
    visibility: str
    protected: bool
    properties: Mapping[str, str]
    created_at: str | None
    updated_at: str | None


@dataclass(frozen=True, slots=True)
class ImageWish:
    """What an uploaded image shall be."""

    name: str
    disk_format: str = ""  # empty: the bytes say
    min_disk_gib: int = 0
    min_ram_mib: int = 0
    visibility: str = ""
    protected: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)
    size_bytes: int | None = None  # None: not known before the end


@dataclass(frozen=True, slots=True)
class ImageChange:
    """What shall be different; None: as it is."""

    name: str | None = None
    min_disk_gib: int | None = None
    min_ram_mib: int | None = None
    visibility: str | None = None
    protected: bool | None = None
    set_properties: Mapping[str, str] = field(default_factory=dict)
    unset_properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a download, in order."""

    data: bytes
    size_bytes: int  # of the whole
    sha256: str  # of the whole; empty in all but the first


class Images:
    """The image service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> ImageServiceStub:
        return ImageServiceStub(self._calls.channel)

    def upload(self, wish: ImageWish, chunks: Iterator[bytes]) -> Image:
        """Send an image; its SHA-256 is made of the bytes as they leave."""

        unreadable: list[OSError] = []

        def parts() -> Iterator[pb.UploadImageRequest]:
            yield pb.UploadImageRequest(description=_description(wish))
            digest = hashlib.sha256()
            try:
                for chunk in chunks:
                    digest.update(chunk)
                    yield pb.UploadImageRequest(chunk=chunk)
            except OSError as error:  # gRPC's thread runs this: it must end without the end mark
                unreadable.append(error)
                return
            yield pb.UploadImageRequest(end=pb.UploadEnd(sha256=digest.hexdigest()))

        try:
            return _image(self._calls.upload(self._stub.UploadImage, parts()))
        except CliError as error:
            if unreadable:
                raise invalid(f"reading failed: {unreadable[0]}", code="unreadable-file") from error
            raise

    def download(self, image: str) -> Iterator[Piece]:
        """Return an image's bytes; the last check of its hash is the receiver's."""
        request = pb.DownloadImageRequest(image=image)
        for answer in self._calls.stream(self._stub.DownloadImage, request):
            yield Piece(answer.chunk, answer.size_bytes, answer.sha256)

    def get(self, image: str) -> Image:
        """Return the image of that name or id."""
        request = pb.GetImageRequest(image=image)
        return _image(self._calls.unary(self._stub.GetImage, request, repeatable=True))

    def list(
        self, *, name: str = "", limit: int | None = None, marker: str = ""
    ) -> Iterator[Image]:
        """Return the images that the caller may use, sorted by name."""

        def fetch(page: Page) -> list[pb.Image]:
            request = pb.ListImagesRequest(page=page, name=name)
            answer = self._calls.unary(self._stub.ListImages, request, repeatable=True)
            return [*answer.images]

        found = all_of(fetch, lambda image: image.id, limit=limit, marker=marker)
        yield from map(_image, found)

    def update(self, image: str, change: ImageChange) -> Image:
        """Change what is known of an image."""
        request = pb.UpdateImageRequest(
            image=image,
            name=change.name,
            min_disk_gib=change.min_disk_gib,
            min_ram_mib=change.min_ram_mib,
            visibility=change.visibility,
            protected=change.protected,
            set_properties=change.set_properties,
            unset_properties=change.unset_properties,
        )
        return _image(self._calls.unary(self._stub.UpdateImage, request))

    def delete(self, image: str) -> None:
        """Forget an image; servers booted from it stay."""
        self._calls.unary(self._stub.DeleteImage, pb.DeleteImageRequest(image=image))


def _description(wish: ImageWish) -> pb.ImageDescription:
    return pb.ImageDescription(
        name=wish.name,
        disk_format=wish.disk_format,
        min_disk_gib=wish.min_disk_gib,
        min_ram_mib=wish.min_ram_mib,
        visibility=wish.visibility,
        protected=wish.protected,
        properties=wish.properties,
        size_bytes=wish.size_bytes,
    )


def _image(message: pb.Image) -> Image:
    sized, virtual = message.HasField("size_bytes"), message.HasField("virtual_size_bytes")
    return Image(
        id=message.id,
        name=message.name,
        project_id=message.project_id,
        status=message.status,
        disk_format=or_none(message.disk_format),
        size_bytes=message.size_bytes if sized else None,
        virtual_size_bytes=message.virtual_size_bytes if virtual else None,
        sha256=or_none(message.sha256),
        min_disk_gib=message.min_disk_gib,
        min_ram_mib=message.min_ram_mib,
        visibility=message.visibility,
        protected=message.protected,
        properties=dict(message.properties),
        created_at=time_of(message, "created_at"),
        updated_at=time_of(message, "updated_at"),
    )
