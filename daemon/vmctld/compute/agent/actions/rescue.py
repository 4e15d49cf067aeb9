"""Parts of actions that boot a guest from another disk than its own, and from its own again."""

from __future__ import annotations

from vmctld.compute.agent.task_context import TaskContext
from vmctld.errors import WrongState


class InsertRescueDisk:
    """Put a copy of the rescue image before the machine's own disks."""

    name = "insert-rescue-disk"

    def do(self, ctx: TaskContext) -> None:
        """Make sure of the disk; the image is held only while it is copied."""
        located = ctx.services.images.locate(ctx.task.image_id).value
        if located is None or located.image.disk_format is None:
            raise WrongState("there is no image to rescue with", code="no-image-to-rescue")
        held_as = f"{ctx.instance.id}.rescue"
        try:
            path = ctx.cache.ensure(held_as, located)
            ctx.driver.insert_rescue(ctx.instance.id, path, located.image.disk_format)
        finally:
            ctx.cache.release(held_as)

    def undo(self, ctx: TaskContext) -> None:
        """Take it out again, if it is in."""
        ctx.driver.remove_rescue(ctx.instance.id)


class RemoveRescueDisk:
    """Leave the machine its own disks alone."""

    name = "remove-rescue-disk"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the disk is out."""
        ctx.driver.remove_rescue(ctx.instance.id, keep=True)

    def undo(self, ctx: TaskContext) -> None:
        """Boot from it again."""
        ctx.driver.reinsert_rescue(ctx.instance.id)
        ctx.driver.start(ctx.instance.id)


def forget_rescue(ctx: TaskContext) -> None:
    """Delete the disk, with all that the rescue wrote to it."""
    ctx.driver.remove_rescue(ctx.instance.id)


class BootFromIt:
    """Start the machine on the disks that it has now."""

    name = "boot-from-it"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that it runs."""
        ctx.driver.start(ctx.instance.id)

    def undo(self, ctx: TaskContext) -> None:
        """Nothing: whoever takes the rescue disk out ends the machine first."""
