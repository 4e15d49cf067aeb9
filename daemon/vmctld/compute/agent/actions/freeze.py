"""Parts of actions that hold a guest still: in memory, or on the disk."""

from __future__ import annotations

from vmctld.compute.agent.task_context import TaskContext


class Freeze:
    """Hold the guest's processors."""

    name = "freeze"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that they are held."""
        ctx.driver.pause(ctx.instance.id)

    def undo(self, ctx: TaskContext) -> None:
        """Let them go."""
        ctx.driver.unpause(ctx.instance.id)


class Thaw:
    """Let the guest's processors go on."""

    name = "thaw"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that they run."""
        ctx.driver.unpause(ctx.instance.id)

    def undo(self, ctx: TaskContext) -> None:
        """Hold them again."""
        ctx.driver.pause(ctx.instance.id)


class SaveMemory:
    """Write the guest's memory to the disk and end its machine."""

    name = "save-memory"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that it is on the disk, and nothing runs."""
        ctx.driver.suspend(ctx.instance.id)

    def undo(self, ctx: TaskContext) -> None:
        """Go on where the guest was."""
        ctx.driver.resume(ctx.instance.id)


class LoadMemory:
    """Run the guest on from its memory on the disk."""

    name = "load-memory"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that it runs."""
        ctx.driver.resume(ctx.instance.id)

    def undo(self, ctx: TaskContext) -> None:
        """Put it back to the disk, if it has come up."""
        ctx.driver.suspend(ctx.instance.id)
