from __future__ import annotations

import pytest

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.capabilities import FACTS, has_capabilities


def test_a_host_without_what_the_flavor_asks_for_is_refused_with_what_it_has() -> None:
    wanted = a_request(extra_specs={"capabilities:vcpus_total": ">= 16"})

    assert has_capabilities(a_host(vcpus=16), wanted) is None
    assert has_capabilities(a_host(vcpus=8), wanted) == "vcpus_total is 8, '>= 16' asked for"


def test_what_nothing_is_known_of_is_refused() -> None:
    wanted = a_request(extra_specs={"capabilities:gpu": "true"})

    assert has_capabilities(a_host(), wanted) == "nothing is known of its gpu, 'true' asked for"


def test_specs_of_another_scope_are_for_others() -> None:
    wanted = a_request(extra_specs={"hw:cpu_policy": "dedicated", "vcpus_total": ">= 99"})

    assert has_capabilities(a_host(), wanted) is None


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_can_be_asked_for(name: str) -> None:
    value = str(FACTS[name](a_host()))

    assert (
        has_capabilities(a_host(), a_request(extra_specs={f"capabilities:{name}": value})) is None
    )


def test_the_name_of_a_host_is_in_no_reason() -> None:
    wanted = a_request(extra_specs={"capabilities:hypervisor_hostname": "elsewhere"})

    assert has_capabilities(a_host("secret"), wanted) == (
        "hypervisor_hostname is another, 'elsewhere' asked for"
    )
