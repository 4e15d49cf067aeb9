"""The filters, in the order they are asked: the cheap and the telling ones first."""

from vmctld.compute.scheduler.filters.aggregate_extra_specs import aggregates_have_extra_specs
from vmctld.compute.scheduler.filters.aggregate_flavor import is_open_to_the_flavor
from vmctld.compute.scheduler.filters.aggregate_image_properties import (
    aggregates_agree_with_the_image,
)
from vmctld.compute.scheduler.filters.aggregate_tenancy import is_open_to_the_project
from vmctld.compute.scheduler.filters.availability_zone import in_availability_zone
from vmctld.compute.scheduler.filters.capabilities import has_capabilities
from vmctld.compute.scheduler.filters.compute import is_up_and_enabled
from vmctld.compute.scheduler.filters.different_host import is_away_from_the_named
from vmctld.compute.scheduler.filters.disk import disk_fits
from vmctld.compute.scheduler.filters.group_affinity import keeps_group_together
from vmctld.compute.scheduler.filters.group_anti_affinity import keeps_group_apart
from vmctld.compute.scheduler.filters.image_properties import runs_the_image
from vmctld.compute.scheduler.filters.io_ops import has_few_io_ops
from vmctld.compute.scheduler.filters.json_query import satisfies_the_query
from vmctld.compute.scheduler.filters.not_tried import was_not_tried
from vmctld.compute.scheduler.filters.num_instances import has_few_instances
from vmctld.compute.scheduler.filters.ram import ram_fits
from vmctld.compute.scheduler.filters.requested_host import is_the_requested_host
from vmctld.compute.scheduler.filters.same_host import is_near_the_named
from vmctld.compute.scheduler.filters.vcpus import vcpus_fit
from vmctld.compute.scheduler.request import Filter

FILTERS: tuple[tuple[str, Filter], ...] = (
    ("ComputeFilter", is_up_and_enabled),
    ("RetryFilter", was_not_tried),
    ("RequestedHostFilter", is_the_requested_host),
    ("AvailabilityZoneFilter", in_availability_zone),
    ("RamFilter", ram_fits),
    ("CoreFilter", vcpus_fit),
    ("DiskFilter", disk_fits),
    ("ComputeCapabilitiesFilter", has_capabilities),
    ("ImagePropertiesFilter", runs_the_image),
    ("ServerGroupAntiAffinityFilter", keeps_group_apart),
    ("ServerGroupAffinityFilter", keeps_group_together),
    ("SameHostFilter", is_near_the_named),
    ("DifferentHostFilter", is_away_from_the_named),
    ("AggregateInstanceExtraSpecsFilter", aggregates_have_extra_specs),
    ("AggregateMultiTenancyIsolation", is_open_to_the_project),
    ("AggregateImagePropertiesIsolation", aggregates_agree_with_the_image),
    ("AggregateTypeAffinityFilter", is_open_to_the_flavor),
    ("AggregateNumInstancesFilter", has_few_instances),
    ("AggregateIoOpsFilter", has_few_io_ops),
    ("JsonFilter", satisfies_the_query),
)
"""Name and function; the names are nova's.  All are always on: without their wish or metadata
they let every host pass."""

_NOT_BYPASSED = frozenset(
    {
        *("ComputeFilter", "RetryFilter", "RamFilter", "CoreFilter", "DiskFilter"),
        *("ServerGroupAntiAffinityFilter", "ServerGroupAffinityFilter"),
    }
)
FORCED_FILTERS = tuple(one for one in FILTERS if one[0] in _NOT_BYPASSED)
"""What even a host that an admin forces is asked: is it there, is there room, and what the claim
itself would refuse."""

__all__ = ["FILTERS", "FORCED_FILTERS"]
