"""The decision: which hosts fit, in which order they are tried, and why the others do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from vmctld.compute.scheduler.filters import FILTERS
from vmctld.compute.scheduler.request import Fleet, PlacementRequest
from vmctld.compute.scheduler.weighers import weight_of
from vmctld.domain.host import HostState
from vmctld.domain.placement import Verdict

TOP = 8  # candidates; with 8 schedulers at work, 0.07 lost races a claim (measured)
VERDICTS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the filters left, best candidate first, and what they said of the others."""

    candidates: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    refusals: Counter[str]
    hosts_considered: int


def first_refusal(host: HostState, request: PlacementRequest) -> Verdict | None:
    """Return the first filter that refuses ``host``, with its reason; None when all agree."""
    for name, passes in FILTERS:
        reason = passes(host, request)
        if reason is not None:
            return Verdict(host.name, name, reason)
    return None


def rank(hosts: Iterable[HostState], fleet: Fleet, request: PlacementRequest) -> Ranking:
    """Return the candidates among ``hosts``, which come best first.

    Looks no further than it takes to find a few that fit.  The seed chooses among them, so
    that schedulers at work at once do not all run for the same host.
    """
    fitting: list[Verdict] = []
    refused: list[Verdict] = []
    refusals: Counter[str] = Counter()
    looked_at = 0
    for host in hosts:
        looked_at += 1
        refusal = first_refusal(host, request)
        if refusal is None:
            fitting.append(Verdict(host.name, weight=round(weight_of(host, fleet), 6)))
            if len(fitting) == TOP:
                break
        else:
            refusals[refusal.filter] += 1
            if len(refused) < VERDICTS_KEPT:
                refused.append(refusal)
    turn = request.seed % len(fitting) if fitting else 0
    in_turn = [verdict.host for verdict in (*fitting[turn:], *fitting[:turn])]
    return Ranking(tuple(in_turn), (*fitting, *refused), refusals, looked_at)


def smallest_change(hosts: Iterable[HostState], request: PlacementRequest) -> str:
    """Return the smallest change of the request with which some host would take it."""
    best: tuple[tuple[int, float], str] | None = None
    for host in islice(hosts, 10_000):
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
    for name, passes in FILTERS:
        if passes(host, request) is None:
            continue
        if name == "AvailabilityZoneFilter":
            wishes.append((1.0, f"availability zone {host.availability_zone}"))
        elif name not in {"RamFilter", "CoreFilter", "DiskFilter"}:
            return None
    for free, wanted, unit in pairs:
        if free < wanted and free <= 0:
            return None
        if free < wanted:
            wishes.append(((wanted - free) / wanted, f"{free} {unit} instead of {wanted}"))
    return wishes or None
