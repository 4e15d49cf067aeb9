"""How a change of what ports let pass gets from the network service to the hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import structlog

from vmctld.app.peers import Peers
from vmctld.bus.base import Bus
from vmctld.clients.guards import GuardsClient
from vmctld.compute.agent.guarding import Guarding
from vmctld.compute.messages import GuardsChanged, agent_address
from vmctld.errors import VmctlError

if TYPE_CHECKING:
    from vmctld.host.network.bridges import Bridges

log = structlog.get_logger(__name__)


def teller(bus: Bus) -> Callable[[Iterable[str]], None]:
    """Return what has hosts look again; one that is not reached looks by itself before long."""

    def tell(hosts: Iterable[str]) -> None:
        for host in sorted(hosts):
            try:
                bus.cast(agent_address(host), GuardsChanged())
            except VmctlError as error:
                log.warning("a host was not told of changed rules", host=host, why=error.message)

    return tell


def make_guarding(bridges: Bridges, host: str, peers: Peers) -> Guarding:
    """Return what keeps this host's bridges as the network service says."""
    source = GuardsClient(peers.to("network"), host, peers.token_of("agent"))
    guarding = Guarding(source, bridges)
    bridges.watch_plugs(guarding.plugged)
    return guarding
