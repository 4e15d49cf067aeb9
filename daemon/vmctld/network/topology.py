"""Networks with their subnets, kept in memory for the boot path.

A change made in this process is seen at once, one made by another process within
``LIFETIME_S``: the database's keys decide all that must not be wrong.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vmctld.domain.network import Network, Subnet
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import networks, subnets

LIFETIME_S = 2.0
MOST_KEPT = 10_000  # projects and networks; beyond that everything is forgotten at once


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """A network and its subnets, the oldest first."""

    network: Network
    subnets: tuple[Subnet, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    plans: tuple[NetworkPlan, ...]
    until_s: float


class Topology:
    """Gives networks with their subnets.  Thread-safe."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._generation = 0

    def network(self, network_id: str) -> NetworkPlan | None:
        """Return one network, or None when there is none."""

        def load(tx: Tx) -> Sequence[Network]:
            found = networks.get_network(tx, network_id)
            return [found] if found else []

        return next(iter(self._get(("network", network_id), load)), None)

    def visible_to(self, project_id: str) -> tuple[NetworkPlan, ...]:
        """Return all networks that a project may use, the oldest first."""
        return self._get(
            ("project", project_id), lambda tx: networks.visible_networks(tx, project_id)
        )

    def forget(self) -> None:
        """Look into the database again: something was changed."""
        with self._lock:
            self._generation += 1
            self._kept.clear()

    def _get(
        self, key: tuple[str, str], load: Callable[[Tx], Sequence[Network]]
    ) -> tuple[NetworkPlan, ...]:
        now_s = self._monotonic()
        kept = self._kept.get(key)
        if kept is not None and now_s < kept.until_s:
            return kept.plans
        generation = self._generation
        with self._database.read() as tx:
            plans = _plans_of(tx, load(tx))
        with self._lock:
            if generation == self._generation:  # else it was read before somebody's change
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = _Kept(plans, now_s + LIFETIME_S)
        return plans


def _plans_of(tx: Tx, found: Sequence[Network]) -> tuple[NetworkPlan, ...]:
    all_subnets = subnets.subnets_of(tx, [network.id for network in found])
    return tuple(
        NetworkPlan(network, tuple(s for s in all_subnets if s.network_id == network.id))
        for network in found
    )
