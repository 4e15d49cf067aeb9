from __future__ import annotations

from typing import Any

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.decide import ALL_OF
from vmctld.compute.scheduler.look import decide, hosts_for
from vmctld.compute.scheduler.view import HostView
from vmctld.domain.host import HostState
from vmctld.domain.server_group import GroupOnHosts, Policy

MANY = 1000


def _view(*special: HostState, others: int = MANY) -> HostView:
    found = [*special, *(a_host(f"other-{number:04}") for number in range(others))]
    view = HostView(lambda: found)
    view.reload()
    return view


SMALL = {"free_ram_mib": 200, "free_disk_gib": 1}  # at the end of the order


@pytest.mark.parametrize(
    "wish",
    [
        {"availability_zone": "mars"},
        {"same_host": frozenset({"special"})},
        {"group": GroupOnHosts("g", Policy.AFFINITY, 1, {"special": 1})},
        {"group": GroupOnHosts("g", Policy.SOFT_AFFINITY, 1, {"special": 1})},
        {"forced_host": "special"},
        {"requested_host": "special"},
    ],
)
def test_in_a_large_fleet_the_hosts_that_a_wish_is_about_are_looked_at_first(
    wish: dict[str, Any],
) -> None:
    view = _view(a_host("special", availability_zone="mars", **SMALL))

    ranking = decide(view, a_request(**wish))

    assert ranking.candidates[0] == "special"
    assert ranking.hosts_considered <= ALL_OF


def test_where_nothing_fits_every_host_is_looked_at_for_its_reason() -> None:
    view = _view(a_host("special", availability_zone="mars", free_ram_mib=0))

    ranking = decide(view, a_request(availability_zone="mars"))

    assert ranking.candidates == ()
    assert ranking.hosts_considered == MANY + 1
    assert ranking.refusals == {"AvailabilityZoneFilter": MANY, "RamFilter": 1}


def test_a_small_fleet_is_looked_at_whole_whatever_is_wished() -> None:
    view = _view(a_host("special", availability_zone="mars"), others=5)

    ranking = decide(view, a_request(availability_zone="mars"))

    assert ranking.candidates == ("special",)
    assert {verdict.host for verdict in ranking.verdicts} > {"special"}


def test_a_host_that_is_asked_for_has_the_others_reasons_beside_it() -> None:
    view = _view(a_host("special"), others=2)

    ranking = decide(view, a_request(requested_host="special"))

    assert ranking.candidates == ("special",)
    assert ranking.refusals == {"RequestedHostFilter": 2}


def test_a_soft_groups_hosts_come_once() -> None:
    view = _view(a_host("special"), others=3)
    group = GroupOnHosts("g", Policy.SOFT_ANTI_AFFINITY, 1, {"special": 1, "gone": 1})

    names = [host.name for host in hosts_for(view, a_request(group=group))]

    assert names[0] == "special"
    assert len(names) == len(set(names)) == 4
