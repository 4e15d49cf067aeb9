"""Where to look first: in a large fleet a wish leaves only a few hosts worth looking at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vmctld.compute.scheduler.decide import ALL_OF, TOP, Ranking, rank
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.compute.scheduler.view import HostView
from vmctld.domain.host import HostState
from vmctld.domain.server_group import Policy


def decide(view: HostView, request: PlacementRequest) -> Ranking:
    """Return the ranking of the hosts in ``view``.

    A small fleet, and one in which nothing fits, is looked at whole: its reasons are wanted.
    """
    is_small = len(view) <= ALL_OF
    narrowed = None if is_small or request.forced_host else _likely(view, request)
    if narrowed is not None:
        ranking = rank(narrowed, view.fleet, request, TOP)
        if ranking.candidates:
            return ranking
    return rank(hosts_for(view, request), view.fleet, request, ALL_OF if is_small else TOP)


def hosts_for(view: HostView, request: PlacementRequest) -> Iterable[HostState]:
    """Return all hosts that come into question: a soft group's own, then the best first."""
    group = request.group
    if request.forced_host is not None:
        return view.best_first(request.forced_host)
    if group is None or group.policy.is_hard:
        return view.best_first()
    return _preferred_first(view, frozenset(group.members))


def _likely(view: HostView, request: PlacementRequest) -> Iterable[HostState] | None:
    """Return the only hosts that can fit; None when a wish rules out few."""
    group = request.group
    if request.requested_host is not None:
        return view.best_first(request.requested_host)
    if request.same_host is not None:
        return _those(view, request.same_host)
    if group is not None and group.policy is Policy.AFFINITY and group.members:
        return _those(view, group.members)
    if request.availability_zone is not None and (group is None or group.policy.is_hard):
        return view.best_first(zone=request.availability_zone)
    return None


def _those(view: HostView, names: Iterable[str]) -> Iterator[HostState]:
    for name in sorted(names):
        yield from view.best_first(name)


def _preferred_first(view: HostView, members: frozenset[str]) -> Iterator[HostState]:
    yield from _those(view, members)
    for host in view.best_first():
        if host.name not in members:
            yield host
