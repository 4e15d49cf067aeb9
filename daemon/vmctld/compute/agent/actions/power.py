"""Parts of actions that switch a machine off and on."""

from __future__ import annotations

from vmctld.compute.agent.task_context import TaskContext
from vmctld.domain.instance import VmState
from vmctld.domain.lifecycle import SHUTDOWN_TIMEOUT_S


class PowerOff:
    """Have the guest power off, and at the deadline pull the plug."""

    name = "power-off"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the machine is off."""
        ctx.driver.stop(ctx.instance.id, 0.0 if ctx.task.hard else SHUTDOWN_TIMEOUT_S)

    def undo(self, ctx: TaskContext) -> None:
        """Bring it up again if it was up."""
        if ctx.task.vm_state is VmState.ACTIVE:
            ctx.driver.start(ctx.instance.id)


class PowerOn:
    """Start the machine on the disk that it has."""

    name = "power-on"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that it runs."""
        ctx.driver.start(ctx.instance.id)

    def undo(self, ctx: TaskContext) -> None:
        """Switch it off again if it was off."""
        if ctx.task.vm_state is VmState.STOPPED:
            ctx.driver.stop(ctx.instance.id, 0.0)
