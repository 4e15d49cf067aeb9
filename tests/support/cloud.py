"""The compute pipeline, all of it real, among fakes that remember what they gave out.

Real: api admission and deletion, outbox, bus, scheduler, conductor, agents, the fake driver,
SQLite.  Faked: image, network and volume services, quota and build tokens.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.callers import a_caller
from tests.support.database import a_database
from vmctld.app.agent import ComputeHosts
from vmctld.app.pipeline import (
    ConductorNeeds,
    serve_api_answers,
    serve_conductor,
    serve_scheduler,
)
from vmctld.bus.inproc import InprocBus
from vmctld.bus.tap import Tap
from vmctld.compute.agent.ports import BuildServices, LocatedImage, Served
from vmctld.compute.api.actions import Actions, Ask
from vmctld.compute.api.admission import Admission, Needs
from vmctld.compute.api.deletion import Deletion
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.marks import Marks
from vmctld.compute.api.reshaping import Reshaping
from vmctld.compute.api.watch import Watchers
from vmctld.compute.conductor.dead_letters import DeadLetters
from vmctld.compute.outbox import Outbox
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.clock import utc_now
from vmctld.domain.flavor import Flavor
from vmctld.domain.identity import Caller, StepTiming, Validation
from vmctld.domain.image import DiskFormat, Image, ImageDescription, ImageStatus, Visibility
from vmctld.domain.instance import Instance, Nic, VmState, VolumePlan
from vmctld.domain.keypair import Keypair
from vmctld.domain.network import NicRequest, PortWiring, ResolvedNic
from vmctld.domain.trace import Trace
from vmctld.domain.volume import Volume, VolumeConnection, VolumeRequest, VolumeStatus
from vmctld.drivers.base import Driver
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.errors import NotFound
from vmctld.observe import context
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import hosts, instances, outbox

DEADLINE_S = 20.0
KEPT_S = 3600
NANO = Flavor("42", "m1.nano", 1, 128, 1)
SMALL = Flavor("2", "m1.small", 2, 64, 2)
SHRUNK = Flavor("0", "m1.flat", 1, 128, 0)
THEN = datetime(2026, 3, 1, tzinfo=UTC)
TINY = Image(
    id="11111111-1111-4111-8111-111111111111",
    name="tiny",
    project_id="admin",
    status=ImageStatus.ACTIVE,
    disk_format=DiskFormat.QCOW2,
    size_bytes=1000,
    virtual_size_bytes=64 * 2**20,
    sha256="0" * 64,
    min_disk_gib=0,
    min_ram_mib=96,
    visibility=Visibility.PUBLIC,
    protected=False,
    properties={},
    created_at=THEN,
    updated_at=THEN,
)

Fault = Callable[[str], None]


@dataclass
class Stores:
    """What the faked services have given out and not got back."""

    ports: dict[str, str] = field(default_factory=dict)  # port id -> instance id
    attachments: dict[str, str] = field(default_factory=dict)  # attachment id -> instance id
    images: dict[str, str] = field(default_factory=dict)  # instance id -> image id
    queued: dict[str, ImageDescription] = field(default_factory=dict)  # ever asked for, by id
    made: dict[str, Image] = field(default_factory=dict)  # of servers' disks, by id
    sizes: dict[str, int] = field(default_factory=dict)  # attachment id -> GiB, once it grew
    quota: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    before: Fault = lambda _name: None  # raises to make a call fail
    after: Fault = lambda _name: None  # raises when the call has had its effect

    def call(self, name: str) -> None:
        """Count a call and let it fail if it shall."""
        self.calls[name] += 1
        self.before(name)


class FakeServices:
    """Images, networks, volumes, flavors, keys, quota and tokens in one, by memory."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores

    # what the api asks
    def get_flavor(self, caller: Caller, reference: str) -> Flavor:
        for flavor in (NANO, SMALL, SHRUNK):
            if reference in (flavor.id, flavor.name):
                return flavor
        raise NotFound(f"no flavor {reference}", code="flavor-not-found")

    def get_keypair(self, caller: Caller, name: str) -> Keypair:
        return Keypair(name, caller.user_id, "ssh", "ssh-ed25519 AAAA", "SHA256:x", THEN)

    def get_image(self, reference: str) -> Image:
        return TINY

    def resolve_nics(self, nics: Sequence[NicRequest]) -> tuple[ResolvedNic, ...]:
        return (ResolvedNic("net-1", None, None),)

    def resolve_volumes(self, volumes: Sequence[VolumeRequest]) -> tuple[Volume, ...]:
        return tuple(
            Volume(
                id=wanted.volume,
                name=wanted.volume,
                project_id="demo",
                size_gib=1,
                status=VolumeStatus.AVAILABLE,
                bootable=True,
                image_id=None,
                attachment_id=None,
                instance_id=None,
                created_at=THEN,
                updated_at=THEN,
            )
            for wanted in volumes
        )

    def reserve_volumes(self, instance_id: str, plans: Sequence[VolumePlan]) -> None:
        for plan in plans:
            self.stores.attachments[plan.attachment_id] = instance_id

    def claim(self, tx: Tx, project_id: str, *, instances: int, cores: int, ram_mib: int) -> None:
        self.stores.quota["instances"] += instances
        self.stores.quota["cores"] += cores

    def check_metadata_items(self, tx: Tx, project_id: str, count: int) -> None:
        """Let every server have what it wants."""

    def release(self, tx: Tx, project_id: str, *, instances: int, cores: int, ram_mib: int) -> None:
        self.stores.quota["instances"] -= instances
        self.stores.quota["cores"] -= cores

    # what the conductor asks
    def issue_build_token(self, **_: object) -> tuple[str, datetime]:
        self.stores.call("issue-token")
        return "vmb_token", utc_now() + timedelta(minutes=5)

    def release_ports(
        self, instance_id: str, port_ids: Sequence[str] = (), *, host: str = ""
    ) -> None:
        self.stores.call("release-ports")
        for port_id, owner in list(self.stores.ports.items()):
            if owner == instance_id and (not port_ids or port_id in port_ids):
                del self.stores.ports[port_id]
        self.stores.after("release-ports")

    def release_volumes(
        self, instance_id: str, attachment_ids: Sequence[str] = (), *, host: str = ""
    ) -> None:
        self.stores.call("release-volumes")
        for attachment_id, owner in list(self.stores.attachments.items()):
            if owner == instance_id and (not attachment_ids or attachment_id in attachment_ids):
                del self.stores.attachments[attachment_id]
        self.stores.after("release-volumes")

    def begin_detaching(self, instance_id: str, attachment_id: str) -> None:
        self.stores.call("begin-detaching")

    def grow_volume(self, instance_id: str, attachment_id: str, size_gib: int) -> None:
        self.stores.call("grow-volume")
        self.stores.sizes[attachment_id] = size_gib
        self.stores.after("grow-volume")

    def get_volume(self, volume: str) -> Volume:
        (found,) = self.resolve_volumes((VolumeRequest(volume),))
        return found

    def check_growth(self, volume: str, size_gib: int) -> Volume:
        return self.get_volume(volume)

    def delete_volume(self, volume_id: str) -> None:
        self.stores.call("delete-volume")

    # what a build asks
    def locate(self, image_id: str | None) -> Served[LocatedImage | None]:
        self.stores.call("locate-image")
        located = LocatedImage(TINY, Path("/images/tiny")) if image_id else None
        return Served(located, StepTiming(utc_now(), 0.01))

    def ensure_ports(
        self, instance_id: str, host: str, nics: Sequence[Nic]
    ) -> Served[tuple[PortWiring, ...]]:
        self.stores.call("ensure-ports")
        wirings = []
        for nic in nics:
            self.stores.ports[nic.port_id] = instance_id
            wirings.append(_wiring(nic))
        self.stores.after("ensure-ports")
        return Served(tuple(wirings), StepTiming(utc_now(), 0.01))

    def connect_volumes(
        self, instance_id: str, host: str, volumes: Sequence[VolumePlan]
    ) -> Served[tuple[VolumeConnection, ...]]:
        self.stores.call("connect-volumes")
        for plan in volumes:
            self.stores.attachments[plan.attachment_id] = instance_id
        self.stores.after("connect-volumes")
        connections = tuple(_connection(plan) for plan in volumes)
        return Served(connections, StepTiming(utc_now(), 0.01))

    def create_image(self, image_id: str, wish: ImageDescription, project_id: str = "") -> Image:
        self.stores.queued[image_id] = wish
        return self.image(image_id)

    def delete_image(self, image_id: str) -> None:
        self.stores.queued.pop(image_id, None)

    def image(self, image_id: str) -> Image:
        return self.stores.made.get(image_id) or replace(
            TINY, id=image_id, status=ImageStatus.QUEUED
        )

    def fill(self, image_id: str, size_bytes: int, chunks: Iterable[bytes]) -> Image:
        self.stores.call("fill-image")
        assert sum(map(len, chunks)) == size_bytes
        self.stores.made[image_id] = replace(TINY, id=image_id)
        self.stores.after("fill-image")
        return self.stores.made[image_id]

    def discard_image(self, image_id: str) -> None:
        self.stores.call("discard-image")
        self.stores.made.pop(image_id, None)
        self.stores.after("discard-image")

    # the door and the cache
    def for_build(self, token: str) -> BuildServices:
        return BuildServices(self, self, self)

    def as_agent(self) -> BuildServices:
        return BuildServices(self, self, self)


class FakeCache:
    """The host's image cache, by memory."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def ensure(self, instance_id: str, located: LocatedImage) -> Path:
        self._stores.call("ensure-image")
        self._stores.images[instance_id] = located.image.id
        self._stores.after("ensure-image")
        return Path("/cache/tiny")

    def release(self, instance_id: str) -> None:
        self._stores.call("release-image")
        self._stores.images.pop(instance_id, None)
        self._stores.after("release-image")


class Cloud:
    """One process of the pipeline.  ``with Cloud(tmp_path) as cloud: cloud.boot()``."""

    def __init__(
        self,
        directory: Path,
        *,
        host_names: Sequence[str] = ("host-1",),
        stores: Stores | None = None,
        drivers: dict[str, Driver] | None = None,
        tap: Tap | None = None,
    ) -> None:
        self.stores = stores or Stores()
        self.services = FakeServices(self.stores)
        self.database: Database = a_database(directory)
        self.letters = DeadLetters(self.database, utc_now)
        self.bus = InprocBus(
            "vmctld", copy_messages=True, tap=tap, on_dead_letter=self.letters.on_dead_letter
        )
        self.outbox = Outbox(self.database, self.bus, utc_now)
        self.letters.connect(self.bus, self.outbox)
        self.drivers: dict[str, Driver] = drivers or {name: FakeDriver() for name in host_names}
        services = self.services
        needs = Needs(services, services, services, services, services, services, services)
        self.admission = Admission(self.database, self.outbox, needs, utc_now)
        self.deletion = Deletion(self.outbox, self.bus, utc_now)
        self.actions = Actions(self.outbox, self.bus, utc_now)
        self.keeping = Deletion(self.outbox, self.bus, utc_now, self.actions, kept_s=KEPT_S)
        self.marks = Marks(self.outbox, self.bus, utc_now)
        self.watchers = Watchers(self.bus)
        self.instances = Instances(self.database, self.watchers)
        self.reshaping = Reshaping(
            self.actions, self.instances, services, services, services, utc_now
        )
        self.hosts = ComputeHosts(self.drivers, self.bus, services, FakeCache(self.stores), utc_now)

    def __enter__(self) -> Cloud:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve, in the order of the composition root."""
        services = self.services
        needs = ConductorNeeds(services, services, services, services, services)
        serve_scheduler(self.database, self.outbox, self.bus.named("scheduler"), utc_now)
        conductor = self.bus.named("conductor")
        serve_conductor(self.database, self.outbox, conductor, utc_now, needs, 300.0)
        serve_api_answers(self.bus.named("compute-api"), self.letters)
        self.hosts.start()
        self.outbox.start()

    def stop(self) -> None:
        """End in the reverse order."""
        self.outbox.stop()
        self.hosts.stop()
        self.bus.close()
        self.database.close()

    def boot(self, name: str = "web", **changes: object) -> Instance:
        """Ask for an instance and return it as accepted."""
        return self.boot_many(name, **changes)[0]

    def boot_many(self, name: str = "web", **changes: object) -> list[Instance]:
        """Ask for instances and return them as accepted."""
        values: dict[str, object] = {"name": name, "flavor": "m1.nano", "image": "tiny"}
        request = BootRequest(**{**values, **changes})  # type: ignore[arg-type]
        with context.bind(request_id=context.new_request_id()):
            return self.admission.boot(a_validation(), request, utc_now())

    def settled(self, instance_id: str) -> Instance:
        """Wait until the instance has settled, and return it."""
        return self._wait(instance_id, lambda instance: instance.has_settled)

    def gone(self, instance_id: str) -> Instance:
        """Wait until the instance is deleted, and return it."""
        return self._wait(instance_id, lambda one: one.vm_state is VmState.DELETED)

    def delete(self, instance_id: str) -> None:
        """Ask for the instance's end."""
        with context.bind(request_id=context.new_request_id()):
            self.deletion.delete(a_caller(), instance_id, all_projects=False)

    def act(self, instance_id: str, action: str, caller: Caller | None = None, **how: Any) -> None:
        """Ask for an action on the instance."""
        with context.bind(request_id=context.new_request_id()):
            self.actions.begin(caller or a_caller(), instance_id, Ask(action, **how))

    def resize(self, instance_id: str, flavor: str) -> None:
        """Ask for another size."""
        with context.bind(request_id=context.new_request_id()):
            self.reshaping.resize(a_caller(), instance_id, flavor)

    def rebuild(self, instance_id: str) -> None:
        """Ask for a fresh disk."""
        with context.bind(request_id=context.new_request_id()):
            self.reshaping.rebuild(a_caller(), instance_id, "tiny")

    def rescue(self, instance_id: str) -> None:
        """Ask for a boot from the instance's image."""
        with context.bind(request_id=context.new_request_id()):
            self.reshaping.rescue(a_caller(), instance_id)

    def claimed(self) -> tuple[int, int, int]:
        """Return what is claimed of all hosts: vCPUs, MiB, GiB."""
        with self.database.read() as tx:
            found = [host.claimed for host in hosts.everything(tx)]
        return (
            sum(one.vcpus for one in found),
            sum(one.ram_mib for one in found),
            sum(one.disk_gib for one in found),
        )

    def acted(self, instance_id: str, *actions: str) -> Instance:
        """Have actions done, one after the other; return the instance as it is then."""
        for action in actions:
            self.act(instance_id, action)
            instance = self.settled(instance_id)
        return instance

    def trace(self, instance_id: str) -> Trace:
        """Return the instance's trace."""
        return self.instances.trace(a_caller(), instance_id)

    def leftovers(self) -> list[str]:
        """Return what is held although no living instance is there to hold it."""
        with self.database.read() as tx:
            free = [h for h in hosts.everything(tx) if h.claimed.vcpus or h.instances]
        found = [f"claim on {host.name}" for host in free]
        found += [f"port {port_id}" for port_id in self.stores.ports]
        found += [f"attachment {attachment}" for attachment in self.stores.attachments]
        found += [f"image of {instance_id}" for instance_id in self.stores.images]
        for name, driver in self.drivers.items():
            found += [f"machine {m.instance_id} on {name}" for m in driver.machines()]
        return found

    def outbox_depth(self) -> int:
        """Return how many messages are not settled."""
        with self.database.read() as tx:
            return outbox.depth(tx)

    def _wait(self, instance_id: str, is_so: Callable[[Instance], bool]) -> Instance:
        with self.watchers.watch(instance_id) as changed:
            deadline = time.monotonic() + DEADLINE_S
            while time.monotonic() < deadline:
                changed.clear()
                with self.database.read() as tx:
                    instance = instances.get(tx, instance_id)
                assert instance is not None
                if is_so(instance):
                    return instance
                changed.wait(0.5)
        raise AssertionError(f"still {instance.status}/{instance.task_state} {instance.fault}")


def a_validation(caller: Caller | None = None) -> Validation:
    """Return a valid token's validation."""
    timing = StepTiming(utc_now(), 0.01)
    return Validation(caller or a_caller(), timing, timing, from_cache=False)


def eventually(is_so: Callable[[], bool], what: str) -> None:
    """Wait until ``is_so``; fail with ``what`` at the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < deadline, f"not in time: {what}"
        pause.wait(0.01)


def _wiring(nic: Nic) -> PortWiring:
    return PortWiring(
        port_id=nic.port_id,
        network_id=nic.network_id,
        network_name="private",
        kind="user",
        mac="fa:16:3e:00:00:01",
        mtu_bytes=1500,
        address="10.20.0.5",
        prefix_length=24,
        cidr="10.20.0.0/24",
        gateway="10.20.0.1",
        dns_servers=(),
    )


def _connection(plan: VolumePlan) -> VolumeConnection:
    return VolumeConnection(
        attachment_id=plan.attachment_id,
        volume_id=plan.volume_id,
        kind="file",
        path="/volumes/" + plan.volume_id,
        disk_format="raw",
        size_bytes=2**30,
        read_only=False,
    )
