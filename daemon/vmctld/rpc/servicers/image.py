"""Images over gRPC: converts, asks the service, converts back; bytes stream both ways."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from vmctl.v1 import image_pb2 as pb
from vmctl.v1.image_pb2_grpc import ImageServiceServicer
from vmctld.errors import InvalidRequest
from vmctld.image.service import Images
from vmctld.image.upload import Upload
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.image import (
    description_from_proto,
    image_changes_from_proto,
    image_to_proto,
)


class ImageServicer(ImageServiceServicer):
    """Serves ``vmctl.v1.ImageService``."""

    def __init__(self, images: Images) -> None:
        self._images = images

    def UploadImage(
        self, request_iterator: Iterator[pb.UploadImageRequest], context: grpc.ServicerContext
    ) -> pb.Image:
        first = next(request_iterator, None)
        if first is None or first.WhichOneof("part") != "description":
            raise _out_of_order("an upload begins with its description")
        description = description_from_proto(first.description)
        with self._images.begin_upload(caller_of(context), description) as upload:
            sha256 = _write_chunks(request_iterator, upload)
            return image_to_proto(upload.finish(sha256))

    def CreateImage(
        self, request: pb.CreateImageRequest, context: grpc.ServicerContext
    ) -> pb.Image:
        description = description_from_proto(request.description)
        made = self._images.create_image(
            caller_of(context), request.image_id, description, request.project_id
        )
        return image_to_proto(made)

    def DiscardImage(
        self, request: pb.DiscardImageRequest, context: grpc.ServicerContext
    ) -> pb.DiscardImageResponse:
        self._images.discard_image(caller_of(context), request.image_id)
        return pb.DiscardImageResponse()

    def DownloadImage(
        self, request: pb.DownloadImageRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.DownloadImageResponse]:
        download = self._images.download(caller_of(context), request.image, request.offset_bytes)
        yield pb.DownloadImageResponse(
            sha256=download.image.sha256 or "", size_bytes=download.image.size_bytes or 0
        )
        for chunk in download.chunks:
            yield pb.DownloadImageResponse(chunk=chunk)

    def GetImage(self, request: pb.GetImageRequest, context: grpc.ServicerContext) -> pb.Image:
        return image_to_proto(self._images.get_image(caller_of(context), request.image))

    def LocateImage(
        self, request: pb.LocateImageRequest, context: grpc.ServicerContext
    ) -> pb.LocateImageResponse:
        if not request.image_id:
            return (
                pb.LocateImageResponse()
            )  # boots from a volume; steps 19 to 21 happen all the same
        image, path = self._images.locate_image(caller_of(context), request.image_id)
        return pb.LocateImageResponse(image=image_to_proto(image), path=str(path))

    def ListImages(
        self, request: pb.ListImagesRequest, context: grpc.ServicerContext
    ) -> pb.ListImagesResponse:
        page = page_from_proto(request.page)
        listed = self._images.list_images(caller_of(context), page, request.name)
        return pb.ListImagesResponse(images=[image_to_proto(image) for image in listed])

    def UpdateImage(
        self, request: pb.UpdateImageRequest, context: grpc.ServicerContext
    ) -> pb.Image:
        changes = image_changes_from_proto(request)
        return image_to_proto(self._images.update_image(caller_of(context), request.image, changes))

    def DeleteImage(
        self, request: pb.DeleteImageRequest, context: grpc.ServicerContext
    ) -> pb.DeleteImageResponse:
        self._images.delete_image(caller_of(context), request.image)
        return pb.DeleteImageResponse()


def _write_chunks(requests: Iterator[pb.UploadImageRequest], upload: Upload) -> str:
    """Write every chunk and return the SHA-256 that comes after the last one.

    A client that breaks off ends the iteration with an exception of gRPC's own.
    """
    for request in requests:
        part = request.WhichOneof("part")
        if part == "end":
            return request.end.sha256
        if part != "chunk":
            raise _out_of_order("after the description come bytes, and then the end")
        upload.write(request.chunk)
    raise InvalidRequest(
        "the upload broke off before its end",
        code="upload-incomplete",
        hint="upload it again",
    )


def _out_of_order(message: str) -> InvalidRequest:
    return InvalidRequest(message, code="upload-out-of-order")
