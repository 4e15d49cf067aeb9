"""The filters, in the order they are asked: the cheap and the telling ones first."""

from vmctld.compute.scheduler.filters.availability_zone import in_availability_zone
from vmctld.compute.scheduler.filters.compute import is_up_and_enabled
from vmctld.compute.scheduler.filters.disk import disk_fits
from vmctld.compute.scheduler.filters.not_tried import was_not_tried
from vmctld.compute.scheduler.filters.ram import ram_fits
from vmctld.compute.scheduler.filters.vcpus import vcpus_fit
from vmctld.compute.scheduler.request import Filter

FILTERS: tuple[tuple[str, Filter], ...] = (
    ("ComputeFilter", is_up_and_enabled),
    ("RetryFilter", was_not_tried),
    ("AvailabilityZoneFilter", in_availability_zone),
    ("RamFilter", ram_fits),
    ("CoreFilter", vcpus_fit),
    ("DiskFilter", disk_fits),
)
"""Name and function; the names are nova's."""

__all__ = ["FILTERS"]
