"""The image service, as the agent, the compute api and the volume service ask it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import grpc

from vmctl.v1 import image_pb2 as pb
from vmctl.v1.image_pb2_grpc import ImageServiceStub
from vmctld.clients.base import ServiceClient, TokenSource
from vmctld.compute.agent.ports import LocatedImage, Served
from vmctld.domain.image import DiskFormat, Image, ImageDescription
from vmctld.domain.names import not_found
from vmctld.wire.convert.image import description_to_proto, image_from_proto


class ImageClient(ServiceClient):
    """Finds images and their bytes."""

    def __init__(self, channel: grpc.Channel, token: TokenSource | None = None) -> None:
        super().__init__(token)
        self._stub = ImageServiceStub(channel)

    def get_image(self, reference: str) -> Image:
        """Return the image of that name or id; raises NotFound, Conflict."""
        return image_from_proto(
            self._call(self._stub.GetImage, pb.GetImageRequest(image=reference))
        )

    def locate(self, image_id: str | None) -> Served[LocatedImage | None]:
        """Return where the image is (steps 19 to 21); None when none was asked for.

        Raises NotFound, WrongState.
        """
        request = pb.LocateImageRequest(image_id=image_id or "")
        answer, validation = self._call_timed(self._stub.LocateImage, request)
        if not answer.HasField("image"):
            return Served(None, validation)
        path = Path(answer.path) if answer.path else None
        return Served(LocatedImage(image_from_proto(answer.image), path), validation)

    def file_of(self, image_id: str) -> tuple[Image, Path | None]:
        """Return an image and its file, None where this machine does not share the store.

        For the volume service, as itself.  Raises NotFound, WrongState.
        """
        located = self.locate(image_id).value
        if located is None:
            raise not_found(image_id, "image")
        return located.image, located.path

    def create_image(
        self, image_id: str, description: ImageDescription, project_id: str = ""
    ) -> Image:
        """Return an image that waits for its bytes.  Raises InvalidRequest, Forbidden."""
        request = pb.CreateImageRequest(
            image_id=image_id, description=description_to_proto(description), project_id=project_id
        )
        return image_from_proto(self._call(self._stub.CreateImage, request))

    def fill(self, image_id: str, size_bytes: int, chunks: Iterable[bytes]) -> Image:
        """Return the queued image, whole once its bytes are sent.

        Raises NotFound, WrongState (not queued), Exhausted, Corrupted (they went bad on the way).
        """

        def parts() -> Iterator[pb.UploadImageRequest]:
            wish = ImageDescription("", disk_format=DiskFormat.QCOW2.value)
            wish = replace(wish, size_bytes=size_bytes, image_id=image_id)
            yield pb.UploadImageRequest(description=description_to_proto(wish))
            digest = hashlib.sha256()
            for chunk in chunks:
                digest.update(chunk)
                yield pb.UploadImageRequest(chunk=chunk)
            yield pb.UploadImageRequest(end=pb.UploadEnd(sha256=digest.hexdigest()))

        return image_from_proto(self._upload(self._stub.UploadImage, parts()))

    def discard_image(self, image_id: str) -> None:
        """Have nothing left of an image that nobody is to have; gone already is fine."""
        self._call(self._stub.DiscardImage, pb.DiscardImageRequest(image_id=image_id))

    def delete_image(self, image_id: str) -> None:
        """Delete an image of the caller's.  Raises NotFound."""
        self._call(self._stub.DeleteImage, pb.DeleteImageRequest(image=image_id))

    def download(self, image_id: str, offset_bytes: int = 0) -> Iterator[bytes]:
        """Yield the image's bytes from an offset on."""
        request = pb.DownloadImageRequest(image=image_id, offset_bytes=offset_bytes)
        for answer in self._stream(self._stub.DownloadImage, request):
            if answer.chunk:
                yield answer.chunk
