"""How a change of routers gets from the network service to the hosts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vmctld.app.peers import Peers
from vmctld.bus.base import Bus
from vmctld.clients.router import RouterClient
from vmctld.compute.agent.routing import Routing
from vmctld.compute.network_messages import ROUTERS_CHANGED

if TYPE_CHECKING:
    from vmctld.host.network.bridges import Bridges


def make_routing(bridges: Bridges, state_dir: Path, host: str, peers: Peers, bus: Bus) -> Routing:
    """Return what keeps this host's routers as the network service says."""
    from vmctld.host.network.routers import HostRouters

    source = RouterClient(peers.to("network"), peers.token_of("agent"))
    routing = Routing(host, source, HostRouters(state_dir / "network"))
    bus.subscribe(ROUTERS_CHANGED, lambda _news: routing.nudge())
    bridges.watch_networks(routing.new_network)
    return routing
