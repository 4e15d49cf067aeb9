"""The weighers: what makes one fitting host better than another."""

from vmctld.compute.scheduler.request import Fleet
from vmctld.compute.scheduler.weighers.disk import more_free_disk
from vmctld.compute.scheduler.weighers.ram import more_free_ram
from vmctld.compute.scheduler.weighers.vcpus import more_free_vcpus
from vmctld.domain.host import HostState

WEIGHERS = ((1.0, more_free_ram), (1.0, more_free_vcpus), (1.0, more_free_disk))
"""Multiplier and function; nova's defaults: spread over the hosts."""


def weight_of(host: HostState, fleet: Fleet) -> float:
    """Return the host's whole weight: it depends on hosts alone, so it can be kept sorted."""
    return sum(multiplier * weigh(host, fleet) for multiplier, weigh in WEIGHERS)


__all__ = ["WEIGHERS", "weight_of"]
