"""Parts of actions that switch a machine off and on."""

from __future__ import annotations

from vmctld.compute.agent.task_context import TaskContext
from vmctld.domain.instance import VmState
from vmctld.domain.lifecycle import SHUTDOWN_TIMEOUT_S

OFF = (VmState.STOPPED, VmState.SOFT_DELETED, VmState.SHELVED)


class PowerOff:
    """Have the guest power off, and at the deadline pull the plug."""

    name = "power-off"

    def __init__(self, *, asks_guest: bool = True) -> None:
        self._asks_guest = asks_guest

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the machine is off."""
        asks = self._asks_guest and not ctx.task.hard
        ctx.driver.stop(ctx.instance.id, SHUTDOWN_TIMEOUT_S if asks else 0.0)

    def undo(self, ctx: TaskContext) -> None:
        """Bring it up again if it was up."""
        if ctx.was is VmState.ACTIVE:
            ctx.driver.start(ctx.instance.id)


class PowerOn:
    """Start the machine on the disk that it has."""

    name = "power-on"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that it runs."""
        ctx.driver.start(ctx.instance.id)

    def undo(self, ctx: TaskContext) -> None:
        """Switch it off again if it was off."""
        if ctx.task.vm_state in OFF:
            ctx.driver.stop(ctx.instance.id, 0.0)


class PowerOnAgain:
    """Start the machine, as what it is now, unless it is to stay off."""

    name = "power-on-again"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that it runs, if it should."""
        if ctx.was is not VmState.STOPPED:
            ctx.driver.start(ctx.instance.id)

    def undo(self, ctx: TaskContext) -> None:
        """Nothing: whoever makes it again what it was ends it first."""
