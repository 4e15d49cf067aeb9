"""Images of servers where the host that makes them shares no disk with the image service."""

from __future__ import annotations

from tests.crash.cloud import Wish
from tests.integration.roles.users import Users
from tests.support.waiting import eventually
from vmctl.v1 import image_pb2
from vmctl.v1.image_pb2_grpc import ImageServiceStub


def _images(users: Users) -> dict[str, str]:
    """Return the status of each image that was made of a server, by its name."""
    with users.channel() as channel:
        ask = ImageServiceStub(channel).ListImages
        listed = ask(image_pb2.ListImagesRequest(), metadata=users.metadata, timeout=20).images
    return {image.name: image.status for image in listed if "instance_uuid" in image.properties}


def _ends_in(users: Users, server_id: str, status: str) -> bool:
    """Wait until nothing is being done to the server; True when it has that status then."""

    def is_so() -> bool:
        server = users.cloud.get(server_id)
        return server is not None and (server.status, server.task_state) == (status, "")

    return eventually(is_so, 60)


def test_a_server_is_made_an_image_of_and_shelved_and_comes_back(users: Users) -> None:
    server_id = users.cloud.boot(Wish("web"))
    users.all_settle([server_id])

    users.cloud.act(server_id, "SnapshotInstance")
    assert _ends_in(users, server_id, "ACTIVE")
    assert _images(users) == {"as-it-was": "active"}

    users.cloud.act(server_id, "ShelveInstance")
    assert _ends_in(users, server_id, "SHELVED_OFFLOADED")
    shelved = users.cloud.get(server_id)
    assert shelved is not None
    assert shelved.host == ""
    assert len(_images(users)) == 2

    users.cloud.act(server_id, "UnshelveInstance")
    assert _ends_in(users, server_id, "ACTIVE")
    assert eventually(lambda: len(_images(users)) == 1, 60)  # what it was shelved as is gone
    users.delete_all()
