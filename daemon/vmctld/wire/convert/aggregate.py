"""Aggregates and availability zones on the wire."""

from __future__ import annotations

from vmctl.v1 import aggregate_pb2 as pb
from vmctld.domain.aggregate import Aggregate, AvailabilityZone
from vmctld.wire.convert.common import time_to_proto


def aggregate_to_proto(aggregate: Aggregate) -> pb.Aggregate:
    """Return ``aggregate`` as a message."""
    return pb.Aggregate(
        id=aggregate.id,
        name=aggregate.name,
        availability_zone=aggregate.availability_zone or "",
        hosts=aggregate.hosts,
        metadata=aggregate.metadata,
        created_at=time_to_proto(aggregate.created_at),
        updated_at=time_to_proto(aggregate.updated_at),
    )


def zone_to_proto(zone: AvailabilityZone) -> pb.AvailabilityZone:
    """Return ``zone`` as a message."""
    return pb.AvailabilityZone(
        name=zone.name,
        available=zone.available,
        hosts=[
            pb.ZoneHost(
                name=host.name,
                enabled=host.enabled,
                up=host.is_up,
                seen_at=time_to_proto(host.seen_at),
            )
            for host in zone.hosts
        ],
    )
