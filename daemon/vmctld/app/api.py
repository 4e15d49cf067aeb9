"""The api role: identity, image, network, volume and compute behind one guard."""

from __future__ import annotations

from dataclasses import dataclass

from vmctl.v1.agent_pb2_grpc import add_AgentServiceServicer_to_server
from vmctl.v1.compute_pb2_grpc import add_ComputeServiceServicer_to_server
from vmctl.v1.flavor_pb2_grpc import add_FlavorServiceServicer_to_server
from vmctl.v1.identity_pb2_grpc import add_IdentityServiceServicer_to_server
from vmctl.v1.image_pb2_grpc import add_ImageServiceServicer_to_server
from vmctl.v1.keypair_pb2_grpc import add_KeypairServiceServicer_to_server
from vmctl.v1.network_pb2_grpc import add_NetworkServiceServicer_to_server
from vmctl.v1.operator_pb2_grpc import add_OperatorServiceServicer_to_server
from vmctl.v1.quota_pb2_grpc import add_QuotaServiceServicer_to_server
from vmctl.v1.volume_pb2_grpc import add_VolumeServiceServicer_to_server

from vmctld.bus.base import Bus
from vmctld.clients.agent import AgentClient
from vmctld.clients.base import TokenSource
from vmctld.clients.identity import IdentityClient
from vmctld.clients.image import ImageClient
from vmctld.clients.network import NetworkClient
from vmctld.clients.volume import VolumeClient
from vmctld.compute.api.admission import Admission, Needs
from vmctld.compute.api.consoles import Consoles
from vmctld.compute.api.deletion import Deletion
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.watch import Watchers
from vmctld.compute.flavors import Flavors, ensure_first_flavors
from vmctld.compute.keypairs import Keypairs
from vmctld.compute.outbox import Outbox
from vmctld.compute.quotas import ProjectQuotas
from vmctld.config import Settings
from vmctld.domain.clock import utc_now
from vmctld.identity.bootstrap import ADMIN
from vmctld.identity.service import Identity
from vmctld.image.service import Images
from vmctld.network.first_start import ensure_first_network
from vmctld.network.service import NetworkService
from vmctld.operations.service import Operations
from vmctld.rpc.interceptors import Guard
from vmctld.rpc.server import RpcServer
from vmctld.rpc.servicers.agent import AgentServicer, DriverOf
from vmctld.rpc.servicers.compute import ComputeApi, ComputeServicer
from vmctld.rpc.servicers.flavor import FlavorServicer
from vmctld.rpc.servicers.identity import IdentityServicer
from vmctld.rpc.servicers.image import ImageServicer
from vmctld.rpc.servicers.keypair import KeypairServicer
from vmctld.rpc.servicers.network import NetworkServicer
from vmctld.rpc.servicers.operator import OperatorServicer
from vmctld.rpc.servicers.quota import QuotaServicer
from vmctld.rpc.servicers.volume import VolumeServicer
from vmctld.rpc.services import Services
from vmctld.storage.database import Database
from vmctld.storage.repositories import projects
from vmctld.volume.service import VolumeService
from vmctld.wire.carrier import LocalChannel, LocalServer


@dataclass(frozen=True, slots=True)
class Rooms:
    """The services of the api role, each with its own rules."""

    identity: Identity
    images: Images
    network: NetworkService
    volumes: VolumeService
    flavors: Flavors
    keypairs: Keypairs
    quotas: ProjectQuotas


class Api:
    """The api role in this process, reached by ``channel`` from inside and by ``server``."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        outbox: Outbox,
        bus: Bus,
        server: RpcServer,
    ) -> None:
        self._settings = settings
        self._database = database
        self._outbox = outbox
        self._bus = bus
        self._local = LocalServer()
        self.channel = LocalChannel(self._local)
        self._validator = IdentityClient(self.channel)
        self._services = Services(Guard(self._validator), self._local, server)
        self.rooms = self._rooms()

    def service_token(self, name: str) -> TokenSource:
        """Return what gives the token of one of the daemon's own parts."""
        token = self.rooms.identity.services.issue(name)
        return lambda: token

    def first_start(self) -> None:
        """Make what a first start makes; finish or remove what a crash left half-made."""
        rooms, database = self.rooms, self._database
        rooms.identity.start(self._settings.state_dir, self._settings.admin_password)
        ensure_first_flavors(database, utc_now)
        with database.read() as tx:
            admin_project_id = projects.find(tx, ADMIN).id
        ensure_first_network(database, utc_now, admin_project_id)
        rooms.images.recover()
        rooms.volumes.volumes.recover()

    def serve(self, driver_of: DriverOf) -> None:
        """Put every service behind the guard, for both carriers."""
        rooms, add = self.rooms, self._services.add
        add(add_IdentityServiceServicer_to_server, IdentityServicer(rooms.identity))
        add(add_ImageServiceServicer_to_server, ImageServicer(rooms.images))
        add(add_NetworkServiceServicer_to_server, NetworkServicer(rooms.network))
        add(add_VolumeServiceServicer_to_server, VolumeServicer(rooms.volumes))
        add(add_FlavorServiceServicer_to_server, FlavorServicer(rooms.flavors))
        add(add_KeypairServiceServicer_to_server, KeypairServicer(rooms.keypairs))
        add(add_QuotaServiceServicer_to_server, QuotaServicer(rooms.quotas))
        add(add_AgentServiceServicer_to_server, AgentServicer(driver_of))
        add(add_ComputeServiceServicer_to_server, ComputeServicer(self._compute()))

    def serve_operators(self, operations: Operations) -> None:
        """Put the operators' tools behind the guard."""
        self._services.add(add_OperatorServiceServicer_to_server, OperatorServicer(operations))

    def close(self) -> None:
        """End what the services do by themselves."""
        self.rooms.volumes.close()

    def _compute(self) -> ComputeApi:
        api = self.service_token("compute-api")
        rooms = self.rooms
        needs = Needs(
            flavors=rooms.flavors,
            keypairs=rooms.keypairs,
            images=ImageClient(self.channel),
            networks=NetworkClient(self.channel),
            volumes=VolumeClient(self.channel),
            reserved=VolumeClient(self.channel, api),
            quota=rooms.quotas,
        )
        agents = AgentClient(lambda _host: self.channel, api)
        return ComputeApi(
            admission=Admission(self._database, self._outbox, needs, utc_now),
            deletion=Deletion(self._outbox, self._bus, utc_now),
            instances=Instances(self._database, Watchers(self._bus)),
            consoles=Consoles(agents),
            clock=utc_now,
        )

    def _rooms(self) -> Rooms:
        database, settings = self._database, self._settings
        identity = Identity(database)
        identity.tokens.on_change(self._validator.forget_all)
        quotas = ProjectQuotas(database)
        volume_token = identity.services.issue("volume")
        return Rooms(
            identity=identity,
            images=Images(database, settings.state_dir / "images"),
            network=NetworkService(database, utc_now, port_kind=settings.network_driver),
            volumes=VolumeService(
                database,
                utc_now,
                settings.state_dir / "volumes",
                images=ImageClient(self.channel),
                image_files=ImageClient(self.channel, lambda: volume_token),
            ),
            flavors=Flavors(database),
            keypairs=Keypairs(database, utc_now, quotas),
            quotas=quotas,
        )
