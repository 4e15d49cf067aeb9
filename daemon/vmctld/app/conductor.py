"""The conductor role: the agents' door to the database.  Any number of processes may have it."""

from __future__ import annotations

from vmctld.app.buses import Buses
from vmctld.app.data import Data
from vmctld.app.peers import Peers
from vmctld.app.pipeline import ConductorNeeds, serve_conductor
from vmctld.clients.identity import IdentityClient
from vmctld.clients.image import ImageClient
from vmctld.clients.network import NetworkClient
from vmctld.clients.volume import VolumeClient
from vmctld.compute.conductor.sweep import Sweep
from vmctld.compute.quotas import ProjectQuotas
from vmctld.domain.clock import utc_now


class ConductorRole:
    """The conductor of this process, and its sweep."""

    def __init__(self, data: Data, buses: Buses, peers: Peers, build_timeout_s: float) -> None:
        self._data = data
        self._peers = peers
        self._bus = buses.of("conductor")
        self._build_timeout_s = build_timeout_s
        self._sweep = Sweep(
            data.database,
            data.outbox,
            self._bus,
            utc_now,
            build_timeout_s,
            hears_hosts=buses.hears_hosts,
        )

    def start(self) -> None:
        """Take messages, as soon as they come, and look for work that none has brought."""
        peers, token = self._peers, self._peers.token_of("conductor")
        needs = ConductorNeeds(
            tokens=IdentityClient(peers.to("identity"), token),
            ports=NetworkClient(peers.to("network"), token),
            volumes=VolumeClient(peers.to("volume"), token),
            quota=ProjectQuotas(self._data.database),
            images=ImageClient(peers.to("image"), token),
        )
        serve_conductor(
            self._data.database,
            self._data.outbox,
            self._bus,
            utc_now,
            needs,
            self._build_timeout_s,
        )
        self._sweep.start()

    def stop(self) -> None:
        """End the rounds."""
        self._sweep.stop()
