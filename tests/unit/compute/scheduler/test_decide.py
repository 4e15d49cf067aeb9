from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import FLEET, a_request, hosts, placement_requests
from vmctld.compute.scheduler.decide import (
    ALL_OF,
    NEAR,
    TOP,
    VERDICTS_KEPT,
    first_refusal,
    rank,
    weighed,
)
from vmctld.compute.scheduler.filters import FILTERS
from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.compute.scheduler.weighers import NAMED_MULTIPLIERS
from vmctld.domain.host import HostState
from vmctld.domain.server_group import GroupOnHosts, Policy


@given(hosts(), placement_requests())
def test_a_host_that_a_filter_refuses_is_never_a_candidate(
    found: list[HostState], request: PlacementRequest
) -> None:
    known = {host.name: host for host in found}

    candidates = rank(found, FLEET, request).candidates

    assert len(set(candidates)) == len(candidates) <= TOP
    for name in candidates:
        assert all(passes(known[name], request) is None for _, passes in FILTERS)


@given(hosts(), placement_requests())
def test_a_host_that_every_filter_takes_is_a_candidate_while_there_is_room(
    found: list[HostState], request: PlacementRequest
) -> None:
    fitting = [host for host in found if first_refusal(host, request) is None]
    best = sorted(fitting, key=lambda host: -weighed(host, FLEET, request).weight)

    candidates = rank(found, FLEET, request).candidates

    assert set(candidates) == {host.name for host in best[:TOP]}


@given(hosts(), placement_requests())
def test_the_same_hosts_request_and_seed_give_the_same_decision(
    found: list[HostState], request: PlacementRequest
) -> None:
    assert rank(found, FLEET, request) == rank(list(found), FLEET, request)


@given(hosts(), placement_requests())
def test_every_host_that_was_looked_at_has_its_verdict(
    found: list[HostState], request: PlacementRequest
) -> None:
    ranking = rank(found, FLEET, request)

    told = [verdict.host for verdict in ranking.verdicts]
    assert sorted(told) == sorted(host.name for host in found[: ranking.hosts_considered])
    refused = [verdict for verdict in ranking.verdicts if verdict.filter]
    assert sum(ranking.refusals.values()) == len(refused)


@given(st.integers(1, TOP), st.integers(0, 2**32))
def test_the_seed_chooses_with_which_candidate_to_begin(count: int, seed: int) -> None:
    found = [a_host(f"host-{number}") for number in range(count)]

    candidates = rank(found, FLEET, a_request(seed=seed)).candidates

    assert candidates[0] == f"host-{seed % count}"


def test_of_a_thousand_refused_hosts_all_are_counted_and_some_kept() -> None:
    full = [a_host(f"host-{number}", free_ram_mib=0) for number in range(1000)]

    ranking = rank(full, FLEET, a_request())

    assert ranking.refusals == {"RamFilter": 1000}
    assert len(ranking.verdicts) == VERDICTS_KEPT


def test_a_host_that_is_much_worse_is_no_choice_of_the_seed() -> None:
    found = [a_host("empty"), a_host("full", free_ram_mib=1000, free_disk_gib=10)]

    firsts = {rank(found, FLEET, a_request(seed=seed)).candidates[0] for seed in range(10)}

    assert firsts == {"empty"}


def test_hosts_whose_builds_fail_come_last_and_are_still_tried() -> None:
    found = [a_host("broken", build_failures=1), a_host("full", free_ram_mib=128)]

    assert rank(found, FLEET, a_request()).candidates == ("full", "broken")


def test_a_small_fleet_is_looked_at_whole_and_each_weight_is_told() -> None:
    found = [a_host(f"host-{number}") for number in range(ALL_OF)]

    ranking = rank(found, FLEET, a_request())

    assert ranking.hosts_considered == ALL_OF
    assert all(len(verdict.weights) == len(NAMED_MULTIPLIERS) for verdict in ranking.verdicts)
    told = ranking.verdicts[0]
    total = sum(m * w for (_, m), w in zip(NAMED_MULTIPLIERS, told.weights, strict=True))
    assert abs(told.weight - total) < NEAR / 1000


def test_in_a_large_fleet_a_few_that_fit_are_enough() -> None:
    found = [a_host(f"host-{number}") for number in range(1000)]

    assert rank(found, FLEET, a_request()).hosts_considered == ALL_OF


def test_a_forced_host_is_asked_only_what_cannot_be_overruled() -> None:
    mars = a_host("mars-1", availability_zone="mars")
    request = a_request(forced_host="mars-1", availability_zone="nova")

    assert rank([mars], FLEET, request).candidates == ("mars-1",)
    assert rank([replace(mars, free_ram_mib=0)], FLEET, request).refusals == {"RamFilter": 1}


@pytest.mark.parametrize(
    ("policy", "first"), [(Policy.SOFT_AFFINITY, "full"), (Policy.SOFT_ANTI_AFFINITY, "empty")]
)
def test_a_soft_policy_beats_room_and_refuses_nothing(policy: Policy, first: str) -> None:
    found = [a_host("full", free_ram_mib=200, free_disk_gib=2), a_host("empty")]
    request = a_request(group=GroupOnHosts("g", policy, 1, {"full": 1}))

    ranking = rank(found, FLEET, request)

    assert ranking.candidates[0] == first
    assert len(ranking.candidates) == 2
