"""Placement requests for tests; whatever a test does not name is ordinary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.support.clock import NOON
from tests.support.instances import a_host
from vmctld.compute.scheduler.request import Fleet, PlacementRequest
from vmctld.domain.host import HostState
from vmctld.domain.instance import Resources

FLEET = Fleet(vcpus=8, ram_mib=8192, disk_gib=100)


def a_request(**changes: Any) -> PlacementRequest:
    """Return a request for an m1.nano."""
    request = PlacementRequest(
        resources=Resources(1, 128, 1),
        availability_zone=None,
        forced_host=None,
        excluded_hosts=(),
        seed=0,
        now=NOON,
    )
    return replace(request, **changes)


def hosts() -> st.SearchStrategy[list[HostState]]:
    """Return lists of hosts that differ in everything a filter looks at."""
    host = st.builds(
        a_host,
        enabled=st.booleans(),
        availability_zone=st.sampled_from(["nova", "mars"]),
        free_vcpus=st.integers(0, 8),
        free_ram_mib=st.integers(0, 2048),
        free_disk_gib=st.integers(0, 20),
    )
    return st.lists(host, max_size=30).map(_named)


def placement_requests() -> st.SearchStrategy[PlacementRequest]:
    """Return requests that some of these hosts can take."""
    return st.builds(
        a_request,
        resources=st.builds(Resources, st.integers(0, 8), st.integers(0, 2048), st.integers(0, 20)),
        availability_zone=st.sampled_from([None, "nova", "mars"]),
        excluded_hosts=st.lists(st.sampled_from(["host-0", "host-3"])).map(tuple),
        seed=st.integers(0, 2**32),
    )


def _named(found: list[HostState]) -> list[HostState]:
    return [replace(host, name=f"host-{number}") for number, host in enumerate(found)]
