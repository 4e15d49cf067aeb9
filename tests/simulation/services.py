"""The other services, the driver and the image cache of a simulated world: they outlive daemons."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.cloud import FakeServices, Stores
from vmctld.compute.agent.ports import BuildServices, LocatedImage, Served
from vmctld.domain.instance import Nic, VolumePlan
from vmctld.domain.machine import HostCapacity, Machine, MachineStatus
from vmctld.domain.network import PortWiring
from vmctld.domain.volume import VolumeConnection
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.errors import Forbidden, Unauthenticated, Unavailable, WrongState
from vmctld.storage.repositories import attachments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.world import World

ROOMS = tuple(HostCapacity(vcpus=2, ram_mib=128 * number, disk_gib=8) for number in (2, 5, 5))
"""For so many m1.nano: some worlds are crowded."""


@dataclass
class Owned:
    """What one thing belongs to, and where it is wired; "" is nowhere yet."""

    instance_id: str
    host: str = ""


@dataclass
class Given(Stores):
    """What the services gave out, by host."""

    wired: dict[str, Owned] = field(default_factory=dict)  # port id
    attached: dict[str, Owned] = field(default_factory=dict)  # attachment id
    refused: set[str] = field(default_factory=set)  # instances whose user is gone
    tokens: dict[str, str] = field(default_factory=dict)  # the valid one, by instance


class Services(FakeServices):
    """Images, networks, volumes and tokens; each call may be struck before and after."""

    def __init__(self, world: World, given: Given) -> None:
        super().__init__(given)
        self._world = world
        self._given = given

    @contextmanager
    def _struck(self, name: str) -> Iterator[None]:
        self._world.strike(f"{name}:before", Unavailable("the service is away"))
        yield
        self._world.strike(f"{name}:after", Unavailable("the answer was lost"))

    def reserve_volumes(self, instance_id: str, plans: Sequence[VolumePlan]) -> None:
        with self._struck("reserve-volumes"):
            with self._world.database.read() as tx:
                if attachments.is_over(tx, instance_id):
                    return
            for plan in plans:  # a late one finds them reserved, or attached by now
                self._given.attached.setdefault(plan.attachment_id, Owned(instance_id))

    def issue_build_token(self, **wanted: object) -> tuple[str, object]:  # type: ignore[override]
        instance_id = str(wanted["instance_id"])
        if instance_id in self._given.refused:
            raise Forbidden("the user is gone")
        token = f"{instance_id} {len(self._given.tokens)}"
        self._given.tokens[instance_id] = token  # ends the one before
        return token, self._world.now()

    def for_build(self, token: str) -> BuildServices:
        bearer = Bearer(self, token)
        return BuildServices(bearer, bearer, bearer)

    def check(self, token: str) -> None:
        """Raise Unauthenticated for a token that a newer one has ended."""
        if token not in self._given.tokens.values():
            raise Unauthenticated("the token has ended")

    def locate(self, image_id: str | None) -> Served[LocatedImage | None]:
        with self._struck("locate-image"):
            return super().locate(image_id)

    def ensure_ports(
        self, instance_id: str, host: str, nics: Sequence[Nic], token: str = ""
    ) -> Served[tuple[PortWiring, ...]]:
        with self._struck("ensure-ports"):
            self.check(token)
            for nic in nics:
                self._given.wired[nic.port_id] = Owned(instance_id, host)
            return super().ensure_ports(instance_id, host, nics)

    def connect_volumes(
        self, instance_id: str, host: str, volumes: Sequence[VolumePlan], token: str = ""
    ) -> Served[tuple[VolumeConnection, ...]]:
        with self._struck("connect-volumes"):
            self.check(token)
            for plan in volumes:
                owner = self._given.attached.setdefault(plan.attachment_id, Owned(instance_id))
                if owner.instance_id != instance_id:
                    raise WrongState("another server has the volume", code="volume-in-use")
                owner.host = host
            return super().connect_volumes(instance_id, host, volumes)

    def release_ports(
        self, instance_id: str, port_ids: Sequence[str] = (), *, host: str = ""
    ) -> None:
        with self._struck("release-ports"):
            for port_id, owner in list(self._given.wired.items()):
                if owner.instance_id == instance_id and host in ("", owner.host):
                    del self._given.wired[port_id]

    def release_volumes(
        self, instance_id: str, attachment_ids: Sequence[str] = (), *, host: str = ""
    ) -> None:
        with self._struck("release-volumes"):
            for attachment_id, owner in list(self._given.attached.items()):
                if owner.instance_id == instance_id and owner.host in ("", host or owner.host):
                    del self._given.attached[attachment_id]

    def delete_volume(self, volume_id: str) -> None:
        with self._struck("delete-volume"):
            return


class Bearer:
    """The services with one build's token, which is looked at when a call has its effect."""

    def __init__(self, services: Services, token: str) -> None:
        self._services = services
        self._token = token

    def locate(self, image_id: str | None) -> Served[LocatedImage | None]:
        """Return where the image is."""
        return self._services.locate(image_id)

    def ensure_ports(
        self, instance_id: str, host: str, nics: Sequence[Nic]
    ) -> Served[tuple[PortWiring, ...]]:
        """Make sure of the ports."""
        return self._services.ensure_ports(instance_id, host, nics, self._token)

    def connect_volumes(
        self, instance_id: str, host: str, volumes: Sequence[VolumePlan]
    ) -> Served[tuple[VolumeConnection, ...]]:
        """Make sure of the attachments."""
        return self._services.connect_volumes(instance_id, host, volumes, self._token)

    def release_ports(self, instance_id: str, *, host: str = "") -> None:
        """Give ports back."""
        self._services.release_ports(instance_id, host=host)

    def release_volumes(self, instance_id: str, *, host: str = "") -> None:
        """Give volumes back."""
        self._services.release_volumes(instance_id, host=host)


class Cache:
    """One host's image cache: which instances hold a copy there."""

    def __init__(self, world: World) -> None:
        self.holds: set[str] = set()
        self._missed: set[str] = set()
        self._world = world

    def ensure(self, instance_id: str, located: LocatedImage) -> Path:
        """Hold the copy."""
        self._world.strike("ensure-image:before", Unavailable("the image service is away"))
        self.holds.add(instance_id)
        self._world.strike("ensure-image:after", Unavailable("the image service went away"))
        return Path("/cache/tiny")

    def release(self, instance_id: str) -> None:
        """Let go of it."""
        self._world.strike("release-image:before", Unavailable("the cache is locked"))
        self.holds.discard(instance_id)

    def collect(self, instances: Collection[str]) -> None:
        """Let go of it for all that are not among ``instances``, now and the last time."""
        missed = self.holds - set(instances)
        self.holds -= missed & self._missed
        self._missed = missed


class SimulatedDriver(FakeDriver):
    """A hypervisor with little room."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def capacity(self) -> HostCapacity:
        """Return little room."""
        return self._world.room

    def ensure_running(self, machine: Machine) -> MachineStatus:
        """Start it, unless something strikes."""
        self._world.strike("start:before", Unavailable("the hypervisor is busy"))
        status = super().ensure_running(machine)
        self._world.strike("start:after", Unavailable("the monitor did not answer"))
        return status

    def destroy(self, instance_id: str, attempt: int | None = None) -> None:
        """End it, unless something strikes."""
        self._world.strike("destroy:before", Unavailable("the hypervisor is busy"))
        super().destroy(instance_id, attempt)
        self._world.strike("destroy:after", Unavailable("the monitor did not answer"))
