"""Step 28: the driver's data out of everything before, and the hypervisor runs the machine."""

from __future__ import annotations

from vmctld.compute.agent.actions.volumes import machine_volume
from vmctld.compute.agent.context import BuildContext
from vmctld.compute.agent.guestdata import config_drive
from vmctld.domain.machine import Machine, MachineStatus, MachineVolume, RootDisk
from vmctld.domain.volume import VolumeConnection
from vmctld.observe import failpoints
from vmctld.observe.failpoints import Phase


class Spawn:
    """Run the machine, exactly once."""

    name = "spawn"
    steps = (28,)

    def do(self, ctx: BuildContext) -> None:
        """Make sure that the machine runs."""
        with ctx.tracer.step(28) as notes:
            failpoints.hit("28", Phase.BEFORE)
            ctx.machine = ctx.driver.ensure_running(machine_of(ctx))
            failpoints.hit("28", Phase.AFTER_EFFECT)
            notes.detail = _described(ctx.driver.name, ctx.machine)

    def undo(self, ctx: BuildContext) -> None:
        """Destroy the machine and delete its disk; a newer attempt's is left alone."""
        ctx.driver.destroy(ctx.instance.id, ctx.instance.attempt)


def machine_of(ctx: BuildContext) -> Machine:
    """Return what the driver is to run."""
    instance = ctx.instance
    documents = config_drive(instance, ctx.wirings)
    return Machine(
        instance_id=instance.id,
        attempt=instance.attempt,
        vcpus=instance.flavor.vcpus,
        ram_mib=instance.flavor.ram_mib,
        root=_root_disk(ctx),
        volumes=tuple(_volume(ctx, connection) for connection in ctx.connections),
        ports=ctx.wirings,
        config_drive=documents if instance.config_drive else None,
        hostname=instance.hostname,
        documents=documents,
    )


def _root_disk(ctx: BuildContext) -> RootDisk | None:
    if ctx.image_path is None or ctx.image_format is None:
        return None
    return RootDisk(ctx.image_path, ctx.image_format, ctx.instance.flavor.disk_gib)


def _volume(ctx: BuildContext, connection: VolumeConnection) -> MachineVolume:
    plans = {plan.attachment_id: plan for plan in ctx.instance.volumes}
    return machine_volume(connection, plans[connection.attachment_id])


def _described(driver: str, machine: MachineStatus) -> str:
    how = f" under {machine.accelerator}" if machine.accelerator else ""
    pid = f", pid {machine.pid}" if machine.pid else ""
    return f"{driver} runs it{how}{pid}"
