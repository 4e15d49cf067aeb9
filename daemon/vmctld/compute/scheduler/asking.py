"""From a message to what the decision is made on: wishes become hosts and numbers.

The scheduler and a dry run in the api ask in the same way, each in its own process.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime

from vmctld.compute.messages import PlaceInstance
from vmctld.compute.scheduler.query import parse_query
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.server_group import GroupOnHosts
from vmctld.domain.wishes import Wishes
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import instance_places, server_groups


def placement_request(
    database: Database, message: PlaceInstance, now: datetime, *, hears_hosts: bool = True
) -> PlacementRequest:
    """Return what is asked for, with the hosts that it is about as they are now."""
    wishes = message.wishes
    group, same, different = None, None, frozenset[str]()
    if wishes.group_id or wishes.same_host or wishes.different_host:
        with database.read() as tx:
            group = group_on_hosts(tx, wishes)
            same = _hosts_of(tx, wishes.same_host) if wishes.same_host else None
            different = _hosts_of(tx, wishes.different_host)
    return PlacementRequest(
        resources=message.resources,
        availability_zone=message.availability_zone,
        forced_host=message.forced_host,
        excluded_hosts=message.excluded_hosts,
        seed=zlib.crc32(f"{wishes.seed}/{message.attempt}".encode()),
        now=now,
        hears_hosts=hears_hosts,
        project_id=message.project_id,
        flavor_name=message.flavor_name,
        extra_specs=message.extra_specs,
        image_properties=wishes.image_properties,
        requested_host=wishes.requested_host,
        same_host=same,
        different_host=different,
        group=group,
        query=parse_query(wishes.query) if wishes.query else None,
    )


def group_on_hosts(tx: Tx, wishes: Wishes) -> GroupOnHosts | None:
    """Return where the members of the group are; None without a group, or when it is gone."""
    return server_groups.on_hosts(tx, wishes.group_id) if wishes.group_id else None


def _hosts_of(tx: Tx, instance_ids: Sequence[str]) -> frozenset[str]:
    return frozenset(instance_places.hosts_of(tx, instance_ids)) if instance_ids else frozenset()
