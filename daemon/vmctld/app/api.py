"""The api role: identity, image, network, volume and compute behind one guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vmctl.v1.agent_pb2_grpc import add_AgentServiceServicer_to_server
from vmctl.v1.compute_pb2_grpc import add_ComputeServiceServicer_to_server
from vmctl.v1.flavor_pb2_grpc import add_FlavorServiceServicer_to_server
from vmctl.v1.identity_pb2_grpc import add_IdentityServiceServicer_to_server
from vmctl.v1.image_pb2_grpc import add_ImageServiceServicer_to_server
from vmctl.v1.instance_actions_pb2_grpc import add_InstanceActionServiceServicer_to_server
from vmctl.v1.instance_details_pb2_grpc import add_InstanceDetailsServiceServicer_to_server
from vmctl.v1.keypair_pb2_grpc import add_KeypairServiceServicer_to_server
from vmctl.v1.network_pb2_grpc import add_NetworkServiceServicer_to_server
from vmctl.v1.operator_pb2_grpc import add_OperatorServiceServicer_to_server
from vmctl.v1.quota_pb2_grpc import add_QuotaServiceServicer_to_server
from vmctl.v1.security_group_pb2_grpc import add_SecurityGroupServiceServicer_to_server
from vmctld.app.agents import AgentRoads
from vmctld.app.buses import Buses
from vmctld.app.consoles import serve_consoles
from vmctld.app.credentials import Credentials
from vmctld.app.data import Data
from vmctld.app.guarding import teller
from vmctld.app.housekeeping import Chore
from vmctld.app.pipeline import serve_api_answers
from vmctld.app.placement import serve_placement
from vmctld.app.routers import serve_routers
from vmctld.app.snapshots import serve_snapshots
from vmctld.app.store import StoreShare
from vmctld.app.volumes import serve_volumes
from vmctld.clients.agent import AgentClient
from vmctld.clients.base import TokenSource
from vmctld.clients.identity import IdentityClient
from vmctld.clients.image import ImageClient
from vmctld.clients.network import NetworkClient
from vmctld.clients.volume import VolumeClient
from vmctld.compute.api.actions import Actions
from vmctld.compute.api.admission import Admission, Needs
from vmctld.compute.api.consoles import Consoles
from vmctld.compute.api.deletion import Deletion
from vmctld.compute.api.details import Details
from vmctld.compute.api.diagnosing import Diagnosing
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.interfaces import Interfaces
from vmctld.compute.api.marks import Marks
from vmctld.compute.api.reshaping import Reshaping
from vmctld.compute.api.watch import Watchers
from vmctld.compute.flavor_edits import FlavorEdits
from vmctld.compute.flavors import Flavors, ensure_first_flavors
from vmctld.compute.keypairs import Keypairs
from vmctld.compute.messages import TOKENS_CHANGED, TokensChanged
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
from vmctld.rpc.servicers.instance_actions import ActionApi, InstanceActionServicer
from vmctld.rpc.servicers.instance_details import InstanceDetailsServicer
from vmctld.rpc.servicers.keypair import KeypairServicer
from vmctld.rpc.servicers.network import NetworkServicer
from vmctld.rpc.servicers.operator import OperatorServicer
from vmctld.rpc.servicers.quota import QuotaServicer
from vmctld.rpc.servicers.security_group import SecurityGroupServicer
from vmctld.rpc.services import Services
from vmctld.storage.repositories import projects
from vmctld.volume.service import VolumeService
from vmctld.wire.carrier import LocalChannel, LocalServer

if TYPE_CHECKING:
    from vmctld.identity.signed_tokens import Authority

MINUTE_S, HOUR_S = 60.0, 3600.0


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


class ApiRole:
    """The api role in this process, reached by ``channel`` from inside and by ``server``."""

    def __init__(
        self,
        settings: Settings,
        data: Data,
        buses: Buses,
        server: RpcServer,
        credentials: Credentials | None,
    ) -> None:
        self._settings = settings
        self._database = data.database
        self._outbox = data.outbox
        self._letters = data.letters
        self._bus = buses.of("compute-api")
        self._credentials = credentials
        self._store = StoreShare(settings.store)
        self._operations: Operations | None = None
        self._local = LocalServer()
        self.channel = LocalChannel(self._local)
        self._validator = IdentityClient(self.channel)
        self._services = Services(Guard(self._validator), self._local, server)
        self.rooms = self._rooms()

    def service_token(self, name: str) -> TokenSource:
        """Return what gives the token of one of the parts in this process."""
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
        if self._store.is_mine_alone():
            rooms.images.recover()
            rooms.volumes.recover()
        self._store.share()

    def start(self) -> None:
        """Take what other parts have to say to the api, as soon as it comes."""
        serve_api_answers(self._bus, self._letters)

    def serve(self, agents: AgentRoads) -> None:
        """Put every service behind the guard, for both carriers."""
        rooms, add = self.rooms, self._services.add
        edits = FlavorEdits(self._database, rooms.flavors)
        details = Details(self._database, self._bus, rooms.quotas, utc_now)
        add(add_IdentityServiceServicer_to_server, IdentityServicer(rooms.identity))
        add(add_ImageServiceServicer_to_server, ImageServicer(rooms.images))
        add(add_NetworkServiceServicer_to_server, NetworkServicer(rooms.network))
        add(add_SecurityGroupServiceServicer_to_server, SecurityGroupServicer(rooms.network))
        serve_routers(self._services, self._database, self._bus)
        add(add_FlavorServiceServicer_to_server, FlavorServicer(rooms.flavors, edits))
        add(add_KeypairServiceServicer_to_server, KeypairServicer(rooms.keypairs))
        add(add_QuotaServiceServicer_to_server, QuotaServicer(rooms.quotas))
        serve_volumes(
            self._services,
            rooms.volumes,
            Actions(self._outbox, self._bus, utc_now),
            Instances(self._database, Watchers(self._bus)),
            self.channel,
            self.service_token("compute-api"),
        )
        compute = self._compute(agents)
        add(add_ComputeServiceServicer_to_server, ComputeServicer(compute))
        self.consoles = serve_consoles(
            self._services, compute.instances, compute.consoles, rooms.identity.tokens
        )
        admission = compute.admission
        serve_placement(self._services, self._database, self._bus, rooms.quotas, admission)
        add(add_InstanceDetailsServiceServicer_to_server, InstanceDetailsServicer(details))
        add(
            add_InstanceActionServiceServicer_to_server,
            InstanceActionServicer(self._actions(agents)),
        )
        kept_s = self._settings.shelved_offload_s
        serve_snapshots(
            self._services, self._database, self._outbox, self._bus, self.channel, kept_s
        )

    def serve_agents(self, driver_of: DriverOf) -> None:
        """Put the service of the agents in this process behind the guard."""
        self._services.add(add_AgentServiceServicer_to_server, AgentServicer(driver_of))

    def serve_operators(self, operations: Operations) -> None:
        """Put the operators' tools behind the guard."""
        self._operations = operations
        self._services.add(add_OperatorServiceServicer_to_server, OperatorServicer(operations))

    def stop(self) -> None:
        """Go on serving: the sockets are closed, but other parts still ask to their end."""

    def close(self) -> None:
        """End what the services do by themselves."""
        self.rooms.volumes.close()
        self._store.release()

    def chores(self) -> list[Chore]:
        """Return what is to be done here now and then."""
        chores = [
            Chore("forget old tokens", HOUR_S, self.rooms.identity.tokens.purge),
            Chore("clear the store", MINUTE_S, self.rooms.images.leftovers.clear),
        ]
        if self._operations is not None:
            letters = self._operations.letters
            chores.append(Chore("forget old dead letters", HOUR_S, letters.forget_old))
        return chores

    def _compute(self, agents: AgentRoads) -> ComputeApi:
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
        return ComputeApi(
            admission=Admission(self._database, self._outbox, needs, utc_now),
            deletion=Deletion(
                self._outbox,
                self._bus,
                utc_now,
                Actions(self._outbox, self._bus, utc_now),
                self._settings.soft_delete_s,
            ),
            instances=Instances(self._database, Watchers(self._bus)),
            consoles=Consoles(AgentClient(agents.to, self._to_agents())),
            clock=utc_now,
        )

    def _actions(self, agents: AgentRoads) -> ActionApi:
        rooms, images = self.rooms, ImageClient(self.channel)
        actions = Actions(self._outbox, self._bus, utc_now)
        instances = Instances(self._database, Watchers(self._bus))
        return ActionApi(
            actions=actions,
            marks=Marks(self._outbox, self._bus, utc_now),
            reshaping=Reshaping(actions, instances, rooms.flavors, images, rooms.quotas, utc_now),
            diagnosing=Diagnosing(instances, AgentClient(agents.to, self._to_agents())),
            interfaces=Interfaces(actions, instances, NetworkClient(self.channel)),
        )

    def _to_agents(self) -> TokenSource:
        """Return what gives the token with which agents are asked."""
        held = self._credentials
        return (lambda: held.token) if held else self.service_token("compute-api")

    def _forget_tokens(self) -> None:
        """Have no process take a token for good that was just ended."""
        self._validator.forget_all()
        self._bus.fanout(TOKENS_CHANGED, TokensChanged())

    def _rooms(self) -> Rooms:
        database, settings = self._database, self._settings
        held = self._credentials
        identity = Identity(database, authority=_authority_of(held))
        identity.tokens.on_change(self._forget_tokens)
        self._bus.subscribe(TOKENS_CHANGED, lambda _news: self._validator.forget_all())
        quotas = ProjectQuotas(database)
        volume_token = identity.services.issue("volume")
        return Rooms(
            identity=identity,
            images=Images(database, settings.store / "images"),
            network=NetworkService(
                database,
                utc_now,
                quotas,
                port_kind=settings.network_driver,
                tell=teller(self._bus),
            ),
            volumes=VolumeService(
                database,
                utc_now,
                settings.store / "volumes",
                images=ImageClient(self.channel),
                image_files=ImageClient(self.channel, lambda: volume_token),
                limits=quotas,
            ),
            flavors=Flavors(database),
            keypairs=Keypairs(database, utc_now, quotas),
            quotas=quotas,
        )


def _authority_of(held: Credentials | None) -> Authority | None:
    """Return whose signatures count; one process alone signs nothing, and spares 8 MiB."""
    if held is None:
        return None
    from vmctld.identity.signed_tokens import Authority

    return Authority(held.ca_file)
