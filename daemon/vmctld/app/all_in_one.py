"""The whole cloud in one process: every role, wired by memory, with one public door."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from vmctld.app.agent import ComputeHosts, make_drivers
from vmctld.app.api import Api
from vmctld.app.failpoints import arm_failpoints
from vmctld.app.housekeeping import Chore, Housekeeping
from vmctld.app.lock import StateLock
from vmctld.app.pipeline import (
    ConductorNeeds,
    serve_api_answers,
    serve_conductor,
    serve_scheduler,
)
from vmctld.bus.inproc import InprocBus
from vmctld.clients.door import Door
from vmctld.clients.identity import IdentityClient
from vmctld.clients.image import ImageClient
from vmctld.clients.network import NetworkClient
from vmctld.clients.volume import VolumeClient
from vmctld.compute.conductor.dead_letters import DeadLetters
from vmctld.compute.conductor.sweep import Sweep
from vmctld.compute.messages import HOSTS_CHANGED, HostsChanged
from vmctld.compute.outbox import Outbox
from vmctld.config import Settings
from vmctld.config.settings import ROLES
from vmctld.domain.clock import utc_now
from vmctld.drivers.base import Driver
from vmctld.errors import NotSupported
from vmctld.host.imagecache import ImageCache
from vmctld.operations.copies import CLEAR_EVERY_S, clear_copies
from vmctld.operations.installation import Installation
from vmctld.operations.service import Operations
from vmctld.rpc.address import TlsFiles
from vmctld.rpc.server import RpcServer
from vmctld.storage.database import Database
from vmctld.storage.schema import ensure_schema

log = structlog.get_logger(__name__)

HOUR_S = 3600.0
GRACE_S = 5.0  # for calls that are being answered when the daemon is told to end


class AllInOne:
    """A daemon with all roles.  ``start`` returns when it serves, ``stop`` when it has ended."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._closers: list[Callable[[], None]] = []

    def start(self) -> tuple[str, ...]:
        """Return the addresses that are served.

        Raises VmctlError saying what to do; what was begun is ended again.
        """
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything in the reverse order of its start.  Machines go on running."""
        while self._closers:
            self._closers.pop()()

    def _start(self) -> tuple[str, ...]:
        settings = self._settings
        _check_supported(settings)
        self._closers.append(StateLock(settings.state_dir).release)
        drivers = make_drivers(
            settings.driver, settings.host, settings.fake_hosts, settings.state_dir
        )
        database = Database(settings.database_url, sync_full=settings.sync_full)
        self._closers.append(database.close)
        ensure_schema(database)
        letters = DeadLetters(database, utc_now)
        bus = InprocBus(
            "vmctld", on_dead_letter=letters.on_dead_letter, tap=arm_failpoints(settings)
        )
        outbox = Outbox(database, bus, utc_now)
        server = RpcServer()
        api = Api(settings, database, outbox, bus, server)
        self._closers.append(api.close)
        cache = self._image_cache(api)
        hosts = self._hosts(api, bus, drivers, cache)
        api.serve(hosts.driver_of)
        api.serve_operators(Operations(self._installation(database, bus, drivers)))
        api.first_start()
        self._serve_pipeline(api, database, outbox, bus)
        self._closers.append(bus.close)
        hosts.start()
        self._closers.append(hosts.stop)
        outbox.start()
        self._closers.append(outbox.stop)
        sweep = Sweep(database, outbox, bus.named("conductor"), utc_now, settings.build_timeout_s)
        sweep.start()
        self._closers.append(sweep.stop)
        self._keep_house(api, database, cache)
        return self._listen(server)

    def _keep_house(self, api: Api, database: Database, cache: ImageCache) -> None:
        chores = Housekeeping(
            [
                Chore("forget old tokens", HOUR_S, api.rooms.identity.tokens.purge),
                Chore("clear the cache", CLEAR_EVERY_S, lambda: clear_copies(database, cache)),
            ]
        )
        chores.start()
        self._closers.append(chores.stop)

    def _installation(
        self, database: Database, bus: InprocBus, drivers: Mapping[str, Driver]
    ) -> Installation:
        settings = self._settings
        return Installation(
            database=database,
            state_dir=settings.state_dir,
            drivers=drivers,
            clock=utc_now,
            build_timeout_s=settings.build_timeout_s,
            listen=settings.listen,
            failpoint=(settings.failpoint or "") if settings.enable_failpoints else None,
            queue_depth=bus.depth,
            dead_letters=bus.dead_letters,
            hosts_changed=lambda: bus.fanout(HOSTS_CHANGED, HostsChanged((), reload=True)),
        )

    def _image_cache(self, api: Api) -> ImageCache:
        download = ImageClient(api.channel, api.service_token("agent")).download
        return ImageCache(self._settings.state_dir / "cache", download)

    def _hosts(
        self, api: Api, bus: InprocBus, drivers: Mapping[str, Driver], cache: ImageCache
    ) -> ComputeHosts:
        agent = api.service_token("agent")
        door = Door(
            with_token=(
                ImageClient(api.channel),
                NetworkClient(api.channel),
                VolumeClient(api.channel),
            ),
            as_agent=(
                ImageClient(api.channel, agent),
                NetworkClient(api.channel, agent),
                VolumeClient(api.channel, agent),
            ),
        )
        return ComputeHosts(drivers, bus, door, cache, utc_now)

    def _serve_pipeline(self, api: Api, database: Database, outbox: Outbox, bus: InprocBus) -> None:
        conductor = api.service_token("conductor")
        needs = ConductorNeeds(
            tokens=IdentityClient(api.channel, conductor),
            ports=NetworkClient(api.channel, conductor),
            volumes=VolumeClient(api.channel, conductor),
            quota=api.rooms.quotas,
        )
        serve_scheduler(database, outbox, bus.named("scheduler"), utc_now)
        serve_conductor(
            database,
            outbox,
            bus.named("conductor"),
            utc_now,
            needs,
            self._settings.build_timeout_s,
        )
        serve_api_answers(bus.named("compute-api"), DeadLetters(database, utc_now))

    def _listen(self, server: RpcServer) -> tuple[str, ...]:
        settings = self._settings
        tls = None
        if settings.tls_cert and settings.tls_key:
            tls = TlsFiles(settings.tls_cert, settings.tls_key, settings.tls_ca)
        self._closers.append(lambda: server.stop(GRACE_S))
        addresses = tuple(server.listen(address, tls) for address in settings.listen)
        server.start()
        server.set_ready(True)
        return addresses


def _check_supported(settings: Settings) -> None:
    """Raise NotSupported for what this composition cannot be."""
    if settings.roles != frozenset(ROLES):
        raise NotSupported(
            "a daemon with only some of the roles needs a broker, which is not supported yet",
            code="roles-not-supported",
            hint="leave --roles out: one process has all of them",
        )
    if not settings.bus_url.startswith("inproc:"):
        raise NotSupported(
            "a broker is not supported yet",
            code="bus-not-supported",
            hint="leave --bus-url out: the bus is inside the process",
        )
