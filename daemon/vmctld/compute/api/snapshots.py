"""Accepts that an image is made of a server's disk: ``image-create``, ``backup``, ``shelve``.

The image is there, queued, before the action is accepted, and has its task's id.  Both ids come
from the request's: one that is sent twice names the same image.  What is queued and never
accepted is forgotten by the conductor's sweep.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from vmctld.compute.api.actions import Actions, Ask
from vmctld.compute.api.instances import Instances
from vmctld.domain.identity import Caller
from vmctld.domain.image import Image, ImageDescription
from vmctld.domain.instance import Instance
from vmctld.domain.lifecycle import TRANSITIONS, check_allowed
from vmctld.errors import Conflict, InvalidRequest, NotFound, NotSupported, WrongState
from vmctld.observe import context

NOT_INHERITED = frozenset(
    {"image_type", "backup_type", "instance_uuid", "user_id", "base_image_ref"}
)
"""What an image says of itself, and not of what is made from it."""
MAX_ROTATION = 2**31 - 1


class ImageMaker(Protocol):
    """The image service, as the caller of the current request."""

    def get_image(self, reference: str) -> Image:
        """Return the image of that name or id; raises NotFound, Conflict."""
        ...

    def create_image(
        self, image_id: str, description: ImageDescription, project_id: str = ""
    ) -> Image:
        """Return an image that waits for its bytes."""
        ...

    def delete_image(self, image_id: str) -> None:
        """Delete an image of the caller's."""
        ...


class Snapshots:
    """Accepts snapshots; the host makes them and sends their bytes to the image service."""

    def __init__(
        self, actions: Actions, instances: Instances, images: ImageMaker, kept_s: int = 0
    ) -> None:
        """``kept_s``: so long a shelved server keeps its host; negative: until it is told."""
        self._actions = actions
        self._instances = instances
        self._images = images
        self._kept_s = kept_s

    def snapshot(
        self, caller: Caller, reference: str, name: str, metadata: Mapping[str, str]
    ) -> tuple[Instance, str]:
        """Return the server, and the id of the image that its disk is made into.

        Raises InvalidRequest, NotFound, WrongState, NotSupported (it boots from a volume).
        """
        wish = ImageDescription(name, properties={**metadata, "image_type": "snapshot"})
        return self._begin(caller, reference, Ask("createImage"), wish)

    def backup(
        self, caller: Caller, reference: str, name: str, backup_type: str, rotation: int
    ) -> tuple[Instance, str]:
        """The same; afterwards there are at most ``rotation`` backups of that type.

        Raises InvalidRequest, NotFound, WrongState, NotSupported (it boots from a volume).
        """
        if not backup_type or len(backup_type) > 255 or not 0 <= rotation <= MAX_ROTATION:
            raise InvalidRequest(
                "a backup has a type of 255 characters at most, and a rotation of 0 or more",
                code="invalid-backup",
                hint="for instance: vmctl backup web1 web1-monday daily 7",
            )
        wish = ImageDescription(
            name, properties={"image_type": "backup", "backup_type": backup_type}
        )
        ask = Ask("createBackup", backup_type=backup_type, rotation=rotation)
        return self._begin(caller, reference, ask, wish)

    def shelve(self, caller: Caller, reference: str) -> Instance:
        """Return the server on its way to be an image and no machine.

        Raises NotFound, WrongState (its state or a lock is in the way).
        """
        ask = Ask("shelve", kept_s=self._kept_s)
        instance = self._instances.get(caller, reference)
        if instance.boots_from_volume:
            return self._actions.begin(caller, reference, ask)  # its disk is kept as it is
        wish = ImageDescription(f"{instance.name}-shelved", properties={"image_type": "snapshot"})
        return self._begin(caller, reference, ask, wish, project_id=instance.project_id)[0]

    def _begin(
        self,
        caller: Caller,
        reference: str,
        ask: Ask,
        wish: ImageDescription,
        *,
        project_id: str = "",
    ) -> tuple[Instance, str]:
        instance = self._instances.get(caller, reference)
        image_id = image_id_of(instance.id)
        if instance.task is None or instance.task.id != image_id:
            if self._actions.was_accepted(instance.id, ask.action):
                return instance, image_id  # and is over: its client did not hear the answer
            check_allowed(TRANSITIONS[ask.action], instance, caller)
            _check_has_disk(instance)
        self._images.create_image(image_id, self._described(instance, wish), project_id)
        try:
            ask = replace(ask, task_id=image_id, image_id=image_id, image_name=wish.name)
            return self._actions.begin(caller, instance.id, ask), image_id
        except (Conflict, NotFound, WrongState):
            self._images.delete_image(image_id)
            raise

    def _described(self, instance: Instance, wish: ImageDescription) -> ImageDescription:
        base = self._base_of(instance)
        inherited = dict(base.properties) if base else {}
        kept = {key: value for key, value in inherited.items() if key not in NOT_INHERITED}
        own = {"instance_uuid": instance.id, "user_id": instance.user_id}
        if instance.image_id:
            own["base_image_ref"] = instance.image_id
        return replace(
            wish,
            disk_format="qcow2",
            min_disk_gib=instance.flavor.disk_gib or (base.min_disk_gib if base else 0),
            min_ram_mib=base.min_ram_mib if base else 0,
            properties={**kept, **wish.properties, **own},
        )

    def _base_of(self, instance: Instance) -> Image | None:
        if instance.image_id is None:
            return None
        try:
            return self._images.get_image(instance.image_id)
        except NotFound:
            return None


def image_id_of(instance_id: str) -> str:
    """Return the id of the image that the current request makes of an instance."""
    return str(uuid.uuid5(uuid.UUID(instance_id), context.current().request_id))


def _check_has_disk(instance: Instance) -> None:
    if instance.boots_from_volume:
        raise NotSupported(
            f"instance {instance.id} boots from a volume: it has no disk of its own to copy",
            code="snapshot-of-volume",
            hint="make a snapshot of the volume",
            facts={"instance_id": instance.id},
        )
