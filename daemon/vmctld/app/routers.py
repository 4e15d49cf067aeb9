"""Routers and floating IPs: their service, for the api."""

from __future__ import annotations

from vmctl.v1.router_pb2_grpc import add_RouterServiceServicer_to_server
from vmctld.bus.base import Bus
from vmctld.compute.network_messages import ROUTERS_CHANGED, RoutersChanged
from vmctld.domain.clock import utc_now
from vmctld.network.router_service import RouterRooms
from vmctld.rpc.servicers.router import RouterServicer
from vmctld.rpc.services import Services
from vmctld.storage.database import Database


def serve_routers(services: Services, database: Database, bus: Bus) -> None:
    """Put the service behind the guard; a host that a change does not reach looks before long."""
    rooms = RouterRooms(database, utc_now, lambda: bus.fanout(ROUTERS_CHANGED, RoutersChanged()))
    services.add(add_RouterServiceServicer_to_server, RouterServicer(rooms))
