"""What operators say of hosts, groups, quotas over time, dry runs: their services, for the api."""

from __future__ import annotations

from collections.abc import Callable

from vmctl.v1.aggregate_pb2_grpc import add_AggregateServiceServicer_to_server
from vmctl.v1.host_pb2_grpc import add_HostServiceServicer_to_server
from vmctl.v1.placement_pb2_grpc import add_PlacementServiceServicer_to_server
from vmctl.v1.server_group_pb2_grpc import add_ServerGroupServiceServicer_to_server
from vmctl.v1.usage_pb2_grpc import add_UsageServiceServicer_to_server
from vmctld.bus.base import Bus
from vmctld.compute.aggregates import Aggregates
from vmctld.compute.api.admission import Admission
from vmctld.compute.api.preview import Previews
from vmctld.compute.hypervisors import Hypervisors
from vmctld.compute.messages import HOSTS_CHANGED, HostsChanged
from vmctld.compute.quotas import ProjectQuotas
from vmctld.compute.server_groups import ServerGroups
from vmctld.compute.services import ComputeServices
from vmctld.compute.usages import Usages
from vmctld.compute.zones import Zones
from vmctld.domain.clock import utc_now
from vmctld.rpc.servicers.aggregate import AggregateServicer
from vmctld.rpc.servicers.host import HostServicer
from vmctld.rpc.servicers.placement import PlacementServicer
from vmctld.rpc.servicers.server_group import ServerGroupServicer
from vmctld.rpc.servicers.usage import UsageServicer
from vmctld.rpc.services import Services
from vmctld.storage.database import Database


def serve_placement(
    services: Services,
    database: Database,
    bus: Bus,
    quotas: ProjectQuotas,
    admission: Admission,
) -> None:
    """Put the services about where instances go, and what they use, behind the guard."""
    changed, add = _hosts_changed(bus), services.add
    aggregates = Aggregates(database, changed, utc_now)
    hypervisors = Hypervisors(database, changed, utc_now)
    agents = ComputeServices(database, changed, utc_now)
    groups = ServerGroups(database, quotas, utc_now)
    previews = Previews(database, admission, quotas, utc_now)
    add(
        add_AggregateServiceServicer_to_server,
        AggregateServicer(aggregates, Zones(database, utc_now)),
    )
    add(add_HostServiceServicer_to_server, HostServicer(hypervisors, agents))
    add(add_ServerGroupServiceServicer_to_server, ServerGroupServicer(groups))
    add(add_UsageServiceServicer_to_server, UsageServicer(Usages(database, utc_now)))
    add(add_PlacementServiceServicer_to_server, PlacementServicer(previews))


def _hosts_changed(bus: Bus) -> Callable[[], None]:
    """Return what has every scheduler, in whatever process, read its hosts again."""
    return lambda: bus.fanout(HOSTS_CHANGED, HostsChanged((), reload=True))
