"""Parts of actions that make an image of a machine's disk, and give up the machine for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from vmctld.compute.agent.task_context import TaskContext
from vmctld.domain.image import ImageStatus
from vmctld.domain.instance import VmState
from vmctld.domain.lifecycle import SHUTDOWN_TIMEOUT_S
from vmctld.errors import WrongState

CHUNK_BYTES = 512 * 1024


class CopyDisk:
    """Copy the machine's disk as it is at one moment, to a file beside it."""

    name = "copy-disk"

    def do(self, ctx: TaskContext) -> None:
        """Make sure of the copy; a server that boots from a volume has nothing to be copied."""
        if ctx.task.image_id is not None:
            ctx.driver.copy_disk(ctx.instance.id, ctx.task.id)

    def undo(self, ctx: TaskContext) -> None:
        """Delete it."""
        drop_copy(ctx)


class UploadImage:
    """Send the copy to the image service, into the image that waits for it."""

    name = "upload-image"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the image is there, whole."""
        image_id = ctx.task.image_id
        if image_id is None or _is_whole(ctx, image_id):
            return
        with ctx.driver.open_copy(ctx.instance.id, ctx.task.id) as copy:
            size_bytes = copy.seek(0, 2)
            copy.seek(0)
            ctx.services.images.fill(image_id, size_bytes, _chunks(copy))

    def undo(self, ctx: TaskContext) -> None:
        """Leave nothing of the image."""
        if ctx.task.image_id is not None:
            ctx.services.images.discard_image(ctx.task.image_id)


class PowerOffToShelve:
    """Have a running guest power off; one that is held or asleep writes nothing anyway."""

    name = "power-off-to-shelve"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the disk changes no more."""
        if ctx.was is VmState.ACTIVE:
            ctx.driver.stop(ctx.instance.id, SHUTDOWN_TIMEOUT_S)

    def undo(self, ctx: TaskContext) -> None:
        """Bring it up again if it was up."""
        if ctx.was is VmState.ACTIVE:
            ctx.driver.start(ctx.instance.id)


class EndMachine:
    """End a machine that is held: from here on there is no way back but by its disk."""

    name = "end-machine"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that it is off."""
        ctx.driver.stop(ctx.instance.id, 0.0)

    def undo(self, ctx: TaskContext) -> None:
        """Nothing: this is the last part, and a machine that is off can be started."""


def drop_copy(ctx: TaskContext) -> None:
    """Delete the copy of the disk: its image has the bytes, or nobody is to have them."""
    ctx.driver.drop_copy(ctx.instance.id, ctx.task.id)


def leave_host(ctx: TaskContext) -> None:
    """Take the machine off its host, which it has no claim on any more.

    A newer attempt's, made here meanwhile, is left alone, and so is the image that it holds.
    """
    ctx.driver.destroy(ctx.instance.id, ctx.instance.attempt)


def _is_whole(ctx: TaskContext, image_id: str) -> bool:
    """True when an earlier life has sent it all; raises NotFound when nobody wants it."""
    image = ctx.services.images.image(image_id)
    if image.status not in (ImageStatus.QUEUED, ImageStatus.SAVING, ImageStatus.ACTIVE):
        raise WrongState(f"the image is {image.status}", code="image-not-queued")
    return image.status is ImageStatus.ACTIVE


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
