"""The installation as its operators' tools see it: everything they look at, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vmctld.compute.boot import BUILD_TIMEOUT_S
from vmctld.domain.clock import Clock
from vmctld.drivers.base import Driver
from vmctld.storage.database import Database


def _nothing() -> None:
    """Nobody wants to hear of it."""


def _no_depth() -> Mapping[str, int]:
    return {}


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
    queue_depth: Callable[[], Mapping[str, int]] = _no_depth
    store_dir: Path | None = None  # images and volumes; None: in the state directory
    hosts_changed: Callable[[], None] = _nothing  # tells schedulers to read all hosts again

    @property
    def store(self) -> Path:
        """Where images and volumes are."""
        return self.store_dir or self.state_dir
