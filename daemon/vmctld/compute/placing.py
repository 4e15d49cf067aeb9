"""What every part that asks for a place says to the scheduler, in one form."""

from __future__ import annotations

from vmctld.compute.messages import PlaceInstance
from vmctld.domain.instance import Instance, Resources


def claims_of(instance: Instance) -> Resources:
    """Return what the instance claims of a host; from a volume it boots without a disk."""
    flavor = instance.flavor
    root_gib = 0 if instance.boots_from_volume else flavor.disk_gib
    return Resources(flavor.vcpus, flavor.ram_mib, root_gib + flavor.ephemeral_gib)


def place_request(instance: Instance) -> PlaceInstance:
    """Return the call that asks for a host for the instance's current attempt."""
    return PlaceInstance(
        instance_id=instance.id,
        attempt=instance.attempt,
        project_id=instance.project_id,
        resources=claims_of(instance),
        availability_zone=instance.availability_zone,
        forced_host=instance.forced_host,
        excluded_hosts=instance.excluded_hosts,
        flavor_name=instance.flavor.name,
        extra_specs=instance.flavor.extra_specs,
        wishes=instance.wishes,
    )
