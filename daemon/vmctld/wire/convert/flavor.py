"""Flavors on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from vmctl.v1 import compute_pb2 as pb
from vmctl.v1 import flavor_pb2
from vmctld.domain.flavor import Flavor, FlavorAccess


def flavor_to_proto(flavor: Flavor) -> pb.Flavor:
    """Return ``flavor`` as a message."""
    return pb.Flavor(
        id=flavor.id,
        name=flavor.name,
        vcpus=flavor.vcpus,
        ram_mib=flavor.ram_mib,
        disk_gib=flavor.disk_gib,
        ephemeral_gib=flavor.ephemeral_gib,
        swap_mib=flavor.swap_mib,
        is_public=flavor.is_public,
        description=flavor.description or "",
        extra_specs=flavor.extra_specs or None,
    )


def flavor_from_proto(message: pb.Flavor) -> Flavor:
    """Return the flavor that ``message`` describes."""
    return Flavor(
        id=message.id,
        name=message.name,
        vcpus=message.vcpus,
        ram_mib=message.ram_mib,
        disk_gib=message.disk_gib,
        ephemeral_gib=message.ephemeral_gib,
        swap_mib=message.swap_mib,
        is_public=message.is_public,
        description=message.description or None,
        extra_specs=dict(message.extra_specs),
    )


def access_to_proto(access: Iterable[FlavorAccess]) -> flavor_pb2.ListFlavorAccessResponse:
    """Return who may use a flavor, as a message."""
    return flavor_pb2.ListFlavorAccessResponse(
        access=[
            flavor_pb2.FlavorAccess(flavor_id=one.flavor_id, project_id=one.project_id)
            for one in access
        ]
    )
