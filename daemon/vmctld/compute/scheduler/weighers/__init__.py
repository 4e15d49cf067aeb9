"""The weighers: what makes one fitting host better than another."""

from vmctld.compute.scheduler.request import Fleet, PlacementRequest, Weigher, WishWeigher
from vmctld.compute.scheduler.weighers.build_failures import more_build_failures
from vmctld.compute.scheduler.weighers.disk import more_free_disk
from vmctld.compute.scheduler.weighers.io_ops import more_io_ops
from vmctld.compute.scheduler.weighers.ram import more_free_ram
from vmctld.compute.scheduler.weighers.soft_affinity import more_of_the_group
from vmctld.compute.scheduler.weighers.soft_anti_affinity import less_of_the_group
from vmctld.compute.scheduler.weighers.vcpus import more_free_vcpus
from vmctld.domain.host import HostState

WEIGHERS: tuple[tuple[str, float, Weigher], ...] = (
    ("RAMWeigher", 1.0, more_free_ram),
    ("CPUWeigher", 1.0, more_free_vcpus),
    ("DiskWeigher", 1.0, more_free_disk),
    ("IoOpsWeigher", -1.0, more_io_ops),
    ("BuildFailureWeigher", -1_000_000.0, more_build_failures),
)
"""Name, multiplier, function; nova's defaults: spread over the hosts.  They look at hosts alone."""

WISH_WEIGHERS: tuple[tuple[str, float, WishWeigher], ...] = (
    ("ServerGroupSoftAffinityWeigher", 10.0, more_of_the_group),
    ("ServerGroupSoftAntiAffinityWeigher", 10.0, less_of_the_group),
)
"""Those that look at the request as well.  Nova multiplies by 1, so that a host with more room
beats the wish; who asks for a group means it."""

NAMED_MULTIPLIERS = tuple((name, multiplier) for name, multiplier, _ in (*WEIGHERS, *WISH_WEIGHERS))


def weight_of(host: HostState, fleet: Fleet) -> float:
    """Return the host's whole weight: it depends on hosts alone, so it can be kept sorted."""
    return sum(multiplier * weigh(host, fleet) for _, multiplier, weigh in WEIGHERS)


def weights_of(host: HostState, fleet: Fleet, request: PlacementRequest) -> tuple[float, ...]:
    """Return what each weigher gives, before its multiplier, in the order of NAMED_MULTIPLIERS."""
    return (
        *(weigh(host, fleet) for _, _, weigh in WEIGHERS),
        *(weigh(host, request) for _, _, weigh in WISH_WEIGHERS),
    )


__all__ = ["NAMED_MULTIPLIERS", "WEIGHERS", "WISH_WEIGHERS", "weight_of", "weights_of"]
