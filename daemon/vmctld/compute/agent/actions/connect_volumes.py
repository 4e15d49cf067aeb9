"""Steps 25 to 27: the volumes to attach, and how this host reaches them."""

from __future__ import annotations

from vmctld.compute.agent.context import BuildContext
from vmctld.compute.agent.exchange import ask
from vmctld.domain.clock import Clock
from vmctld.domain.volume import VolumeConnection


class ConnectVolumes:
    """Attach the volumes that were reserved when the boot was accepted."""

    name = "connect-volumes"
    steps = (25, 26, 27)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def do(self, ctx: BuildContext) -> None:
        """Make sure of the attachments and learn how to connect to them."""
        instance = ctx.instance
        ctx.connections = ask(
            ctx.tracer,
            self._clock,
            self.steps,
            lambda: ctx.services.volumes.connect_volumes(instance.id, ctx.host, instance.volumes),
            _described,
            nothing=not instance.volumes,
        )

    def undo(self, ctx: BuildContext) -> None:
        """End this host's attachments; another attempt makes them again by the same ids."""
        if ctx.instance.volumes and ctx.instance.aside is None:  # what is unshelved keeps its own
            ctx.as_agent.volumes.release_volumes(ctx.instance.id, host=ctx.host)


def _described(connections: tuple[VolumeConnection, ...]) -> str:
    if not connections:
        return "no volume was asked for"
    return ", ".join(f"{c.volume_id[:8]} ({c.kind})" for c in connections)
