"""Parts of actions that give a machine a volume, take it away, or make it larger."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from vmctld.compute.agent.task_context import TaskContext
from vmctld.domain.instance import VolumePlan
from vmctld.domain.machine import MachineVolume
from vmctld.domain.volume import GIB, VolumeConnection
from vmctld.errors import NotFound

LETS_GO_S = 30.0  # an idle Linux takes half a second, one that writes back its cache longer
UNDO_S = 5.0  # nobody has used it yet


class ConnectVolume:
    """Attach the volume to the instance, for the user who asked."""

    name = "connect-volume"

    def do(self, ctx: TaskContext) -> None:
        """Make sure of the attachment and learn how to connect to it."""
        ctx.connection = _connected(ctx)

    def undo(self, ctx: TaskContext) -> None:
        """End it, as the agent."""
        _release(ctx)


class PlugVolume:
    """Have the machine see the volume, whether it runs or not."""

    name = "plug-volume"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that it does."""
        assert ctx.connection is not None
        _plug(ctx, ctx.connection)

    def undo(self, ctx: TaskContext) -> None:
        """Take it away again."""
        with suppress(NotFound):  # the machine is gone, and its volumes with it
            ctx.driver.detach_volume(ctx.instance.id, _plan(ctx).attachment_id, UNDO_S, force=True)


class UnplugVolume:
    """Take the volume from the machine; the guest of a running one has to let go of it."""

    name = "unplug-volume"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the machine does not have it."""
        ctx.driver.detach_volume(
            ctx.instance.id, _plan(ctx).attachment_id, LETS_GO_S, force=ctx.task.force
        )

    def undo(self, ctx: TaskContext) -> None:
        """Give it back, if nobody was faster."""
        _plug(ctx, _connected(ctx))


class DisconnectVolume:
    """End the attachment once no machine has the volume."""

    name = "disconnect-volume"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the volume is free."""
        _release(ctx)

    def undo(self, ctx: TaskContext) -> None:
        """Nothing: plugging it in again makes sure of the attachment, too."""


class GrowDisk:
    """Have the guest of a running machine see a larger disk."""

    name = "grow-disk"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that the disk is as large."""
        size_bytes = ctx.task.size_gib * GIB
        ctx.driver.grow_volume(ctx.instance.id, _plan(ctx).attachment_id, size_bytes)

    def undo(self, ctx: TaskContext) -> None:
        """Nothing: what a guest may have written is not cut off; asking again goes on."""


class RecordGrowth:
    """Have the volume's record say its size, and its file where no machine has it open."""

    name = "record-growth"

    def do(self, ctx: TaskContext) -> None:
        """Make sure that they do."""
        assert ctx.as_user is not None
        ctx.as_user().volumes.grow_volume(
            ctx.instance.id, _plan(ctx).attachment_id, ctx.task.size_gib
        )

    def undo(self, ctx: TaskContext) -> None:
        """Nothing: the disk stays as large as it is."""


def machine_volume(connection: VolumeConnection, plan: VolumePlan) -> MachineVolume:
    """Return what the driver is to attach."""
    return MachineVolume(
        attachment_id=connection.attachment_id,
        volume_id=connection.volume_id,
        path=Path(connection.path),
        disk_format=connection.disk_format,
        read_only=connection.read_only,
        boot_index=plan.boot_index,
    )


def _plan(ctx: TaskContext) -> VolumePlan:
    assert ctx.task.volume is not None
    return ctx.task.volume


def _connected(ctx: TaskContext) -> VolumeConnection:
    assert ctx.as_user is not None
    volumes, host = ctx.as_user().volumes, ctx.instance.host or ""
    (connection,) = volumes.connect_volumes(ctx.instance.id, host, (_plan(ctx),)).value
    return connection


def _plug(ctx: TaskContext, connection: VolumeConnection) -> None:
    ctx.driver.attach_volume(ctx.instance.id, machine_volume(connection, _plan(ctx)))


def _release(ctx: TaskContext) -> None:
    ctx.services.volumes.release_volumes(ctx.instance.id, (_plan(ctx).attachment_id,))
