"""The conductor with fakes around it, for tests of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tests.support.clock import NOON, FakeClock
from tests.support.recording_bus import RecordingBus
from vmctld.bus.base import Delivery
from vmctld.compute.conductor.builds import Builds
from vmctld.compute.conductor.copies import Copies
from vmctld.compute.conductor.deletes import Deletes
from vmctld.compute.conductor.handlers import Conductor
from vmctld.compute.conductor.hosts import Hosts
from vmctld.compute.conductor.snapshots import Snapshots
from vmctld.compute.conductor.task_tokens import TaskTokens
from vmctld.compute.conductor.tasks import Tasks
from vmctld.compute.outbox import Outbox
from vmctld.compute.quotas import ProjectQuotas
from vmctld.errors import VmctlError
from vmctld.storage.database import Database

TIMEOUT_S = 300.0


class Tokens:
    """Identity: gives a token, or says why not."""

    def __init__(self) -> None:
        self.refusal: VmctlError | None = None
        self.issued: list[dict[str, object]] = []

    def issue_build_token(self, **wanted: object) -> tuple[str, datetime]:
        """Return a token."""
        if self.refusal is not None:
            raise self.refusal
        self.issued.append(wanted)
        return "vmb_token", NOON


class Releases:
    """The network and the volume service: what they were told to give back, in order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.refusal: VmctlError | None = None

    def release_ports(self, instance_id: str, port_ids: Sequence[str] = ()) -> None:
        """Note it."""
        self._do(f"ports of {instance_id}")

    def release_volumes(self, instance_id: str, attachment_ids: Sequence[str] = ()) -> None:
        """Note it."""
        self._do(f"volumes of {instance_id}")

    def delete_volume(self, volume_id: str) -> None:
        """Note it."""
        self._do(f"volume {volume_id}")

    def discard_image(self, image_id: str) -> None:
        """Note it."""
        self._do(f"image {image_id}")

    def _do(self, what: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.done.append(what)


class Parts:
    """A conductor and everything around it."""

    def __init__(
        self, database: Database, outbox: Outbox, bus: RecordingBus, clock: FakeClock
    ) -> None:
        self.database, self.bus, self.clock = database, bus, clock
        self.tokens, self.services = Tokens(), Releases()
        self.quotas = ProjectQuotas(database)
        self.builds = Builds(database, outbox, bus, self.tokens, clock, TIMEOUT_S)
        self.deletes = Deletes(
            database, outbox, bus, self.services, self.services, self.quotas, clock, self.services
        )
        self.hosts = Hosts(database, bus, clock)
        self.tasks = Tasks(database, outbox, bus, clock)
        self.conductor = Conductor(
            self.builds,
            self.deletes,
            self.hosts,
            Copies(self.database),
            self.tasks,
            Snapshots(database, self.services),
            TaskTokens(database, self.tokens),
        )

    def say(self, message: object, sender: str = "agent.a") -> object:
        """Have the conductor take ``message`` from ``sender`` and return its answer."""
        delivery = Delivery(message, sender, "req-1", self.clock(), self.clock(), 1)
        return self.conductor.handle(delivery, lambda: None)
