"""Composes what makes images of servers."""

from __future__ import annotations

import grpc

from vmctl.v1.snapshots_pb2_grpc import add_SnapshotServiceServicer_to_server
from vmctld.bus.base import Bus
from vmctld.clients.image import ImageClient
from vmctld.compute.api.actions import Actions
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.snapshots import Snapshots
from vmctld.compute.api.unshelving import Unshelving
from vmctld.compute.api.watch import Watchers
from vmctld.compute.outbox import Outbox
from vmctld.domain.clock import utc_now
from vmctld.rpc.servicers.snapshots import SnapshotApi, SnapshotServicer
from vmctld.rpc.services import Services
from vmctld.storage.database import Database


def serve_snapshots(
    services: Services,
    database: Database,
    outbox: Outbox,
    bus: Bus,
    channel: grpc.Channel,
    kept_s: int,
) -> None:
    """Put the snapshots behind the guard; ``kept_s``: so long shelved servers keep their hosts."""
    actions = Actions(outbox, bus, utc_now)
    instances = Instances(database, Watchers(bus))
    images = ImageClient(channel)  # with the token of whoever asks
    api = SnapshotApi(
        actions=actions,
        snapshots=Snapshots(actions, instances, images, kept_s),
        unshelving=Unshelving(actions, outbox, bus, utc_now),
    )
    services.add(add_SnapshotServiceServicer_to_server, SnapshotServicer(api))
