"""Flavors on the wire."""

from __future__ import annotations

from vmctl.v1 import compute_pb2 as pb

from vmctld.domain.flavor import Flavor


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
        extra_specs=flavor.extra_specs,
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
