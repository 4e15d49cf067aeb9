"""The compute role: builds and runs machines, without a database anywhere near.

Nothing that this module imports may know of one: the environment of a compute host need not
have its libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import structlog

from vmctl.v1.agent_pb2_grpc import add_AgentServiceServicer_to_server
from vmctld.app.agent import ComputeHosts
from vmctld.app.buses import Buses
from vmctld.app.housekeeping import Chore
from vmctld.app.patience import Patience
from vmctld.app.peers import Peers
from vmctld.bus.base import Bus
from vmctld.clients.door import Door
from vmctld.clients.identity import IdentityClient
from vmctld.clients.image import ImageClient
from vmctld.clients.network import NetworkClient
from vmctld.clients.volume import VolumeClient
from vmctld.compute.agent.client import CALL_TRIES, PATIENT_TRIES, ConductorClient
from vmctld.compute.agent.guarding import Guarding
from vmctld.compute.messages import TOKENS_CHANGED, AgentLocated
from vmctld.domain.clock import utc_now
from vmctld.drivers.base import Driver
from vmctld.host.imagecache import ImageCache
from vmctld.rpc.interceptors import Guard
from vmctld.rpc.server import RpcServer
from vmctld.rpc.servicers.agent import AgentServicer
from vmctld.rpc.services import Services

log = structlog.get_logger(__name__)

CLEAR_EVERY_S = 60.0  # more often than the audit's grace: it finds what this leaves


class ComputeRole:
    """The hosts of this process."""

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        buses: Buses,
        peers: Peers,
        state_dir: Path,
        located: AgentLocated,
        guarding: Guarding | None = None,
    ) -> None:
        as_agent = peers.token_of("agent")
        image, network, volume = (peers.to(name) for name in ("image", "network", "volume"))
        self._cache = ImageCache(state_dir / "cache", ImageClient(image, as_agent).download)
        self.hosts = ComputeHosts(
            drivers,
            buses.bus,
            Door(
                with_token=(ImageClient(image), NetworkClient(network), VolumeClient(volume)),
                as_agent=(
                    ImageClient(image, as_agent),
                    NetworkClient(network, as_agent),
                    VolumeClient(volume, as_agent),
                ),
            ),
            self._cache,
            utc_now,
            located=located,
            tries=PATIENT_TRIES if buses.is_shared else CALL_TRIES,
            guarding=guarding,
        )

    def serve(self, server: RpcServer, peers: Peers, bus: Bus) -> None:
        """Put the agents' own service on a server, each call's token validated by identity."""
        validator = IdentityClient(peers.to("identity"))
        bus.subscribe(TOKENS_CHANGED, lambda _news: validator.forget_all())
        services = Services(Guard(validator), server)
        services.add(add_AgentServiceServicer_to_server, AgentServicer(self.hosts.driver_of))

    def start(self, patience: Patience) -> None:
        """Report the hosts, adopt what runs on them, take messages; raises Stopped."""
        patience.until("a conductor", self.hosts.report)
        self.hosts.start()

    def stop(self) -> None:
        """Begin no more builds.  Machines go on running."""
        self.hosts.stop()

    def close(self) -> None:
        """End what there is even before a start."""
        self.hosts.close()

    def chores(self) -> list[Chore]:
        """Return what is to be done here now and then."""
        clear = Chore(
            "clear the cache",
            CLEAR_EVERY_S,
            lambda: clear_copies(self.hosts.conductor, self._cache),
        )
        return [clear]


def clear_copies(conductor: ConductorClient, cache: ImageCache) -> list[str]:
    """Remove copies of images that are gone and that no living instance holds.

    Returns the names of what went.
    """
    wanted = conductor.wanted_copies()
    try:
        removed = cache.collect(set(wanted.instances), set(wanted.digests))
    except OSError:
        log.warning("the cache of images could not be cleared", exc_info=True)
        return []
    if removed:
        log.info("copies of deleted images removed", files=removed)
    return removed
