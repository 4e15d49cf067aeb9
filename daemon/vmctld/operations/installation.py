"""The installation as its operators' tools see it: everything they look at, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vmctld.compute.boot import BUILD_TIMEOUT_S
from vmctld.domain.clock import Clock
from vmctld.drivers.base import Driver
from vmctld.storage.database import Database


def _nothing() -> None:
    """Nobody wants to hear of it."""


class BusSigns(Protocol):
    """What the bus shows of its health; part of ``bus.Bus``."""

    def depth(self, addresses: Sequence[str] = ()) -> Mapping[str, int]:
        """Return how many messages wait, by address."""
        ...

    def unconfirmed(self) -> int:
        """Return how many messages the broker has not confirmed."""
        ...

    def round_trip_s(self, timeout_s: float) -> float:
        """Return how long something takes through the bus and back."""
        ...


@dataclass(frozen=True, slots=True)
class Installation:
    """One daemon's database, files, hosts and queues."""

    database: Database
    state_dir: Path
    drivers: Mapping[str, Driver]  # of the hosts in this process, by the hosts' names
    clock: Clock
    build_timeout_s: float = BUILD_TIMEOUT_S
    listen: tuple[str, ...] = ()  # the addresses that are served
    failpoint: str | None = None  # what is armed, if failpoints are enabled
    bus: BusSigns | None = None  # None: the tools are used without a daemon
    store_dir: Path | None = None  # images and volumes; None: in the state directory
    hosts_changed: Callable[[], None] = _nothing  # tells schedulers to read all hosts again

    @property
    def store(self) -> Path:
        """Where images and volumes are."""
        return self.store_dir or self.state_dir
