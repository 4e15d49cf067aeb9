"""Parts of actions that plug a network card into a machine, or take one out."""

from __future__ import annotations

from contextlib import suppress

from vmctld.compute.agent.guestdata import config_drive
from vmctld.compute.agent.task_context import TaskContext
from vmctld.domain.instance import Nic
from vmctld.domain.network import PortWiring
from vmctld.errors import NotFound


class AllocateInterface:
    """Make or bind the card's port, for the user who asked."""

    name = "allocate-interface"

    def do(self, ctx: TaskContext) -> None:
        """Make sure of the port and its address."""
        ctx.plugged_in = _wirings(ctx)[-1:]

    def undo(self, ctx: TaskContext) -> None:
        """Give the port back, as the agent."""
        _release(ctx)


class PlugInterface:
    """Plug the card in, whether the machine runs or not."""

    name = "plug-interface"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the machine has it, and that its guest may read of it."""
        _plug(ctx)

    def undo(self, ctx: TaskContext) -> None:
        """Take it out again."""
        with suppress(NotFound):  # the machine is gone, and its card with it
            ctx.driver.unplug_port(ctx.instance.id, _card(ctx).port_id)


class UnplugInterface:
    """Take the card out; the guest of a running machine has to let go of it."""

    name = "unplug-interface"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the machine does not have it."""
        ctx.driver.unplug_port(ctx.instance.id, _card(ctx).port_id)

    def undo(self, ctx: TaskContext) -> None:
        """Plug it in again: its port is still the instance's."""
        _plug(ctx)


class ReleaseInterface:
    """Give the port back once nothing is plugged into it."""

    name = "release-interface"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the port is not the instance's any more."""
        _release(ctx)

    def undo(self, ctx: TaskContext) -> None:
        """Nothing: plugging in again makes sure of the port, too."""


def _card(ctx: TaskContext) -> Nic:
    assert ctx.task.nic is not None
    return ctx.task.nic


def _wirings(ctx: TaskContext) -> tuple[PortWiring, ...]:
    """Return how to wire the cards that the instance has and, as the last one, the task's."""
    assert ctx.as_user is not None
    card = _card(ctx)
    cards = [*(nic for nic in ctx.instance.nics if nic.port_id != card.port_id), card]
    ports = ctx.as_user().ports
    return ports.ensure_ports(ctx.instance.id, ctx.instance.host or "", cards).value


def _plug(ctx: TaskContext) -> None:
    wirings = _wirings(ctx)
    ctx.driver.plug_ports(ctx.instance.id, wirings, config_drive(ctx.instance, wirings))


def _release(ctx: TaskContext) -> None:
    ctx.services.ports.release_ports(ctx.instance.id, (_card(ctx).port_id,))
