"""Steps 22 to 24: one port and one address on each network that was asked for."""

from __future__ import annotations

from vmctld.compute.agent.context import BuildContext
from vmctld.compute.agent.exchange import ask
from vmctld.domain.clock import Clock
from vmctld.domain.network import PortWiring


class AllocatePorts:
    """Give the instance its ports.

    Their ids were drawn before the build began: a second run finds the first one's ports.
    """

    name = "allocate-ports"
    steps = (22, 23, 24)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def do(self, ctx: BuildContext) -> None:
        """Make sure of the ports and learn how to wire them."""
        instance = ctx.instance
        ctx.wirings = ask(
            ctx.tracer,
            self._clock,
            self.steps,
            lambda: ctx.services.ports.ensure_ports(instance.id, ctx.host, instance.nics),
            _described,
            nothing=not instance.nics,
        )

    def undo(self, ctx: BuildContext) -> None:
        """Release the ports of this host, as the agent: it works when the user's token does not.

        A late undo spares what the next attempt's host was given.
        """
        if ctx.instance.nics and ctx.instance.aside is None:  # what is unshelved keeps its own
            ctx.as_agent.ports.release_ports(ctx.instance.id, host=ctx.host)


def _described(wirings: tuple[PortWiring, ...]) -> str:
    if not wirings:
        return "no network was asked for"
    return ", ".join(f"{w.network_name}={w.address} ({w.mac})" for w in wirings)
