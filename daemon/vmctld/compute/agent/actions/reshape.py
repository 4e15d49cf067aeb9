"""Parts of actions that make a machine out of something else, and back."""

from __future__ import annotations

from vmctld.compute.agent.task_context import TaskContext
from vmctld.domain.machine import RootDisk
from vmctld.errors import WrongState


class FetchNewImage:
    """Have the image to rebuild with at hand, held beside the one that is in use."""

    name = "fetch-new-image"

    def do(self, ctx: TaskContext) -> None:
        """Make sure of a verified copy on this host."""
        located = ctx.services.images.locate(ctx.task.image_id).value
        if located is None or located.image.disk_format is None:
            raise WrongState("there is no image to rebuild with", code="no-image-to-rebuild")
        path = ctx.cache.ensure(held_as(ctx), located)
        ctx.root = RootDisk(path, located.image.disk_format, ctx.instance.flavor.disk_gib)

    def undo(self, ctx: TaskContext) -> None:
        """Drop the hold."""
        ctx.cache.release(held_as(ctx))


class SetAside:
    """Keep what the machine is, under the task's id."""

    name = "set-aside"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that it is kept, and nothing of earlier actions but a resize on trial."""
        if ctx.instance.aside is None:
            ctx.driver.drop_aside(ctx.instance.id, but=ctx.task.id)
        ctx.driver.set_aside(ctx.instance.id, ctx.task.id)

    def undo(self, ctx: TaskContext) -> None:
        """Make the machine what it was, if that was kept."""
        ctx.driver.bring_back(ctx.instance.id, ctx.task.id)
        ctx.driver.drop_aside(ctx.instance.id, ctx.task.id)


class RenewDisk:
    """Give the machine a fresh disk over the new image."""

    name = "renew-disk"

    def do(self, ctx: TaskContext) -> None:
        """Replace the disk."""
        assert ctx.root is not None
        ctx.driver.renew(ctx.instance.id, ctx.root)

    def undo(self, ctx: TaskContext) -> None:
        """Nothing: what the machine was is brought back as a whole."""


class ChangeSize:
    """Give the machine the size of the new flavor."""

    name = "change-size"

    def do(self, ctx: TaskContext) -> None:
        """Make sure of the size."""
        flavor = ctx.task.flavor
        assert flavor is not None
        ctx.driver.reshape(
            ctx.instance.id,
            vcpus=flavor.vcpus,
            ram_mib=flavor.ram_mib,
            disk_gib=flavor.disk_gib,
        )

    def undo(self, ctx: TaskContext) -> None:
        """Nothing: what the machine was is brought back as a whole."""


class BringBack:
    """Make the machine what it was before the resize."""

    name = "bring-back"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that it is that."""
        assert ctx.instance.aside is not None
        ctx.driver.bring_back(ctx.instance.id, ctx.instance.aside.token)

    def undo(self, ctx: TaskContext) -> None:
        """Nothing: what it was in between is kept under the task's id."""


def held_as(ctx: TaskContext) -> str:
    """Return under which name the image to rebuild with is held until it is the instance's own."""
    return f"{ctx.instance.id}.new"


def forget_what_was(ctx: TaskContext) -> None:
    """Let go of what was kept for the way back, once nobody goes it any more."""
    ctx.driver.drop_aside(ctx.instance.id)


def keep_new_image(ctx: TaskContext) -> None:
    """Hold the image that it was rebuilt with as the instance's own, and what was no more."""
    located = ctx.services.images.locate(ctx.task.image_id).value
    if located is not None:
        ctx.cache.ensure(ctx.instance.id, located)
        ctx.cache.release(held_as(ctx))
    forget_what_was(ctx)
