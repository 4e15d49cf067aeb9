from __future__ import annotations

from tests.support.instances import a_host
from tests.unit.compute.scheduler.requests import a_request
from vmctld.compute.scheduler.filters.aggregate_tenancy import is_open_to_the_project

KEPT = a_host(
    aggregate_metadata={
        "filter_tenant_id": frozenset({"red,blue"}),
        "filter_tenant_id_2": frozenset({"green"}),
        "ssd": frozenset({"black"}),
    }
)


def test_a_host_kept_for_projects_takes_theirs() -> None:
    for project in ("red", "blue", "green"):
        assert is_open_to_the_project(KEPT, a_request(project_id=project)) is None


def test_a_host_kept_for_others_is_refused() -> None:
    assert is_open_to_the_project(KEPT, a_request(project_id="black")) == (
        "kept for 3 other projects by the metadata of its aggregates"
    )


def test_a_host_kept_for_nobody_is_open_to_all() -> None:
    host = a_host(aggregate_metadata={"ssd": frozenset({"true"})})

    assert is_open_to_the_project(host, a_request(project_id="black")) is None
    assert is_open_to_the_project(a_host(), a_request(project_id="black")) is None
