"""Images whose bytes come later: what a server's disk is made into (``image-create``).

The record is there before the first byte, under an id that its maker drew.  While the record
has a task of an instance behind it, an agent may fill it, and fill it anew after a crash.
"""

from __future__ import annotations

from dataclasses import replace

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller, TokenKind
from vmctld.domain.image import Image, ImageStatus
from vmctld.domain.names import looks_like_id, not_found
from vmctld.domain.ownership import require_admin
from vmctld.errors import AlreadyExists, Forbidden, InvalidRequest, WrongState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import image_tasks, images

NO_NEW_ONE = "a part of vmctl fills images that are queued, and makes none"


class Queued:
    """The rules for images that wait for their bytes.  Thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, caller: Caller, image: Image, project_id: str = "") -> Image:
        """Return the image, queued; one that was made by the same request is found again.

        Raises InvalidRequest, Forbidden, AlreadyExists (its id is another image's).
        """
        if looks_like_id(image.id) != image.id:
            raise InvalidRequest("an image is named by its id, a UUID", code="invalid-id")
        if project_id not in ("", caller.project_id):
            require_admin(caller, "make images for other projects")
        queued = replace(
            image, project_id=project_id or caller.project_id, status=ImageStatus.QUEUED
        )

        def work(tx: Tx) -> Image:
            there = images.peek(tx, queued.id)
            if there is None:
                images.add(tx, queued)
                return queued
            if (there.project_id, there.name) != (queued.project_id, queued.name):
                raise AlreadyExists(f"there is an image {queued.id} already", code="image-exists")
            return there

        return self._database.run(work)

    def begin(self, caller: Caller, image_id: str) -> Image:
        """Return the image, ``saving`` from now on.

        Raises Forbidden (not for users; nobody's task), NotFound, WrongState (not queued).
        """
        if caller.kind is not TokenKind.SERVICE:
            raise Forbidden("only parts of vmctl fill images that are queued", code="not-for-users")

        def work(tx: Tx) -> Image:
            image = images.peek(tx, image_id)
            if image is None:
                raise not_found(image_id, "image")
            if not image_tasks.has_task(tx, image_id):
                raise Forbidden("no task is to fill that image", code="not-your-image")
            saving = {"status": ImageStatus.SAVING.value}
            if not images.move(tx, image_id, ImageStatus.QUEUED, saving, self._clock()):
                raise WrongState(
                    f"the image {image.name} is {image.status}, not queued",
                    code="image-not-queued",
                    facts={"image_id": image_id, "status": image.status.value},
                )
            return replace(image, status=ImageStatus.SAVING)

        return self._database.run(work)

    def put_back(self, image_id: str) -> None:
        """Have a half-filled image wait for its bytes again."""
        back = {"status": ImageStatus.QUEUED.value}
        self._database.run(
            lambda tx: images.move(tx, image_id, ImageStatus.SAVING, back, self._clock())
        )

    def discard(self, caller: Caller, image_id: str) -> bool:
        """Forget the image whatever it is; True when its file is to go, too.

        An agent forgets only what it fills: once the task is over the image is its owner's.
        """

        def work(tx: Tx) -> bool:
            if caller.is_agent and not image_tasks.has_task(tx, image_id):
                return False
            return images.remove(tx, image_id)

        return self._database.run(work)


def require_maker(caller: Caller) -> None:
    """Raise Forbidden when a part of vmctl wants to make an image of its own."""
    if caller.kind is TokenKind.SERVICE:
        raise Forbidden(NO_NEW_ONE, code="not-for-services")
