"""What to ask for instead, when no host fits."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from vmctld.compute.scheduler.filters import FILTERS, FORCED_FILTERS
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState

MOST_LOOKED_AT = 10_000
_OF_SIZE = {"RamFilter", "CoreFilter", "DiskFilter"}


def smallest_change(hosts: Iterable[HostState], request: PlacementRequest) -> str:
    """Return the smallest change of the request with which some host would take it."""
    best: tuple[tuple[int, float], str] | None = None
    for host in islice(hosts, MOST_LOOKED_AT):
        wishes = _wishes(host, request)
        if wishes is None:
            continue
        rank_of_wishes = (len(wishes), sum(part for part, _ in wishes))
        if best is None or rank_of_wishes < best[0]:
            best = rank_of_wishes, " and ".join(text for _, text in wishes)
    if best is None:
        return ""
    return f"it would fit with {best[1]}"


def _wishes(host: HostState, request: PlacementRequest) -> list[tuple[float, str]] | None:
    """Return what would have to be less for this host; None: nothing of the size helps."""
    resources, wishes = request.resources, list[tuple[float, str]]()
    pairs = (
        (host.free_ram_mib, resources.ram_mib, "MiB of RAM"),
        (host.free_vcpus, resources.vcpus, "vCPUs"),
        (host.free_disk_gib, resources.disk_gib, "GiB of disk"),
    )
    for name, passes in FORCED_FILTERS if request.forced_host else FILTERS:
        if passes(host, request) is None:
            continue
        if name == "AvailabilityZoneFilter":
            wishes.append((1.0, f"availability zone {host.availability_zone}"))
        elif name not in _OF_SIZE:
            return None
    for free, wanted, unit in pairs:
        if free < wanted and free <= 0:
            return None
        if free < wanted:
            wishes.append(((wanted - free) / wanted, f"{free} {unit} instead of {wanted}"))
    return wishes or None
