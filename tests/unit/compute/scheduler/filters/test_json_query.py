from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.json_query import satisfies_the_query
from vmctld.compute.scheduler.query import parse_query


def test_a_host_on_which_the_condition_does_not_hold_is_refused_with_its_number() -> None:
    wanted = a_request(query=parse_query('[">=", "$free_ram_mb", 1024]'))

    assert satisfies_the_query(a_host(free_ram_mib=1024), wanted) is None
    assert satisfies_the_query(a_host(free_ram_mib=512), wanted) == (
        '[">=", "$free_ram_mb", 1024] does not hold: free_ram_mb is 512'
    )


def test_any_host_will_do_for_who_has_no_condition() -> None:
    assert satisfies_the_query(a_host(), a_request()) is None
