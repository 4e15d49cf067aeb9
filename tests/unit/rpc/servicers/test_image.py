"""Images over gRPC: streams in and out, behind the real guard."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import grpc
import pytest

from tests.support.disks import Qcow2
from tests.unit.rpc.servicers.conftest import Rooms
from vmctl.v1 import identity_pb2, image_pb2
from vmctl.v1 import image_pb2 as pb

CONTENT = bytes(Qcow2())
LOCATE = "/vmctl.v1.ImageService/LocateImage"


def description(**described: object) -> pb.UploadImageRequest:
    named = pb.ImageDescription(**({"name": "tiny"} | described))  # type: ignore[arg-type]
    return pb.UploadImageRequest(description=named)


def chunk(content: bytes) -> pb.UploadImageRequest:
    return pb.UploadImageRequest(chunk=content)


def end(content: bytes = CONTENT) -> pb.UploadImageRequest:
    return pb.UploadImageRequest(end=pb.UploadEnd(sha256=hashlib.sha256(content).hexdigest()))


def upload(rooms: Rooms, *parts: pb.UploadImageRequest) -> image_pb2.Image:
    sent = parts or (description(), chunk(CONTENT[:1000]), chunk(CONTENT[1000:]), end())
    return rooms.call(rooms.images.UploadImage, iter(sent))  # type: ignore[return-value]


def leftovers(rooms: Rooms) -> list[str]:
    listed = rooms.call(rooms.images.ListImages, pb.ListImagesRequest())
    return [image.name for image in listed.images] + [path.name for path in rooms.store.iterdir()]


def test_an_image_goes_in_and_comes_out_again(rooms: Rooms) -> None:
    image = upload(rooms)

    request = pb.DownloadImageRequest(image="tiny", offset_bytes=500)
    first, *rest = rooms.call(rooms.images.DownloadImage, request)

    assert image.status == "active"
    assert image.sha256 == first.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert first.size_bytes == image.size_bytes == len(CONTENT)
    assert b"".join(answer.chunk for answer in rest) == CONTENT[500:]


def test_its_description_comes_along(rooms: Rooms) -> None:
    described = description(
        min_disk_gib=1,
        min_ram_mib=96,
        visibility="public",
        protected=True,
        properties={"os": "linux"},
        disk_format="qcow2",
        size_bytes=len(CONTENT),
    )

    image = upload(rooms, described, chunk(CONTENT), end())

    assert (image.min_disk_gib, image.min_ram_mib) == (1, 96)
    assert (image.visibility, image.protected) == ("public", True)
    assert dict(image.properties) == {"os": "linux"}
    assert rooms.call(rooms.images.GetImage, pb.GetImageRequest(image=image.id)) == image


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([chunk(CONTENT), end()], "upload-out-of-order"),
        ([end()], "upload-out-of-order"),
        ([pb.UploadImageRequest()], "upload-out-of-order"),
        ([description(), description(), end()], "upload-out-of-order"),
        ([description(), chunk(CONTENT)], "upload-incomplete"),
        ([description(), chunk(CONTENT), end(b"other")], "checksum-mismatch"),
        ([description(), end(b"")], "image-empty"),
        ([description(name=""), chunk(CONTENT), end()], "invalid-name"),
        ([description(disk_format="raw"), chunk(CONTENT), end()], "image-format-mismatch"),
        ([description(size_bytes=1 << 45)], "image-too-large"),
    ],
)
def test_a_bad_upload_is_refused_by_its_code_and_leaves_nothing(
    rooms: Rooms, parts: list[pb.UploadImageRequest], code: str
) -> None:
    assert rooms.refusal(rooms.images.UploadImage, iter(parts)).code == code
    assert leftovers(rooms) == []


def test_an_upload_of_nothing_at_all_is_refused(rooms: Rooms) -> None:
    assert rooms.refusal(rooms.images.UploadImage, iter(())).code == "upload-out-of-order"


def test_a_sender_that_breaks_off_leaves_nothing(rooms: Rooms) -> None:
    def broken() -> Iterator[pb.UploadImageRequest]:
        yield description()
        yield chunk(CONTENT)
        raise ConnectionError

    assert rooms.refusal(rooms.images.UploadImage, broken()).code
    assert leftovers(rooms) == []


def test_an_image_is_changed_and_deleted(rooms: Rooms) -> None:
    upload(rooms)
    request = pb.UpdateImageRequest(
        image="tiny", name="small", min_ram_mib=0, set_properties={"a": "b"}
    )

    changed = rooms.call(rooms.images.UpdateImage, request)

    assert (changed.name, dict(changed.properties)) == ("small", {"a": "b"})
    rooms.call(rooms.images.DeleteImage, pb.DeleteImageRequest(image="small"))
    assert leftovers(rooms) == []


def test_a_build_learns_where_its_image_is(rooms: Rooms) -> None:
    image = upload(rooms)
    token = build_token(rooms)

    located = rooms.call(rooms.images.LocateImage, pb.LocateImageRequest(image_id=image.id), token)
    nothing = rooms.call(rooms.images.LocateImage, pb.LocateImageRequest(), token)

    assert located.image == image
    assert located.path == str(rooms.store / image.id)
    assert not nothing.HasField("image")


def test_a_build_does_what_its_token_names_and_no_more(rooms: Rooms) -> None:
    image = upload(rooms)
    request = pb.DownloadImageRequest(image=image.id)

    with pytest.raises(grpc.RpcError) as refusal:
        list(rooms.images.DownloadImage(request, metadata=bearer(build_token(rooms))))

    assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED


def build_token(rooms: Rooms) -> str:
    info = rooms.identities.ValidateToken(identity_pb2.ValidateTokenRequest(token=rooms.admin))
    request = identity_pb2.IssueBuildTokenRequest(
        instance_id="6a3f0c0e-3c6f-4a0e-9a53-0d7d2b9f5a11",
        attempt=1,
        user_id=info.user_id,
        project_id=info.project_id,
        calls=[LOCATE],
        lifetime_s=60,
    )
    return rooms.call(rooms.identities.IssueBuildToken, request, rooms.conductor).token


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)
