from __future__ import annotations

import pytest

from tests.support.callers import a_caller, an_admin
from tests.support.clock import FakeClock
from tests.support.instances import keep_hosts, keep_placed
from vmctld.compute.services import ComputeServices
from vmctld.errors import Forbidden, InvalidRequest, NotFound, WrongState
from vmctld.storage.database import Database
from vmctld.storage.repositories import host_rules

ADMIN = an_admin()


@pytest.fixture
def changes() -> list[str]:
    return []


@pytest.fixture
def services(database: Database, clock: FakeClock, changes: list[str]) -> ComputeServices:
    keep_hosts(database, "a", "b")
    return ComputeServices(database, lambda: changes.append("told"), clock)


def test_services_are_listed_by_host_and_kind(services: ComputeServices) -> None:
    def hosts(*only: str) -> list[str]:
        return [one.host.name for one in services.list_services(ADMIN, *only)]

    assert hosts() == hosts("", "nova-compute") == ["a", "b"]
    assert hosts("b") == ["b"]
    assert hosts("", "nova-api") == []


def test_a_service_is_switched_off_with_a_reason_and_on_again(
    services: ComputeServices, changes: list[str]
) -> None:
    off = services.set_enabled(ADMIN, "a", enabled=False, reason="new disks")
    on = services.set_enabled(ADMIN, off.host.service_id, enabled=True)

    assert (off.host.enabled, off.host.disabled_reason) == (False, "new disks")
    assert (on.host.enabled, on.host.disabled_reason) == (True, None)
    assert changes == ["told", "told"]


def test_whoever_switches_a_host_on_trusts_it_again(
    services: ComputeServices, database: Database
) -> None:
    with database.write() as tx:
        host_rules.build_failed(tx, "a")

    assert services.set_enabled(ADMIN, "a", enabled=True).host.build_failures == 0


def test_a_host_is_said_to_be_dead_and_believed_again(services: ComputeServices) -> None:
    assert not services.set_forced_down(ADMIN, "a", forced_down=True).is_up
    assert services.set_forced_down(ADMIN, "a", forced_down=False).is_up


def test_a_host_with_servers_is_not_forgotten(
    services: ComputeServices, database: Database
) -> None:
    keep_placed(database, "a")

    with pytest.raises(WrongState) as refusal:
        services.delete(ADMIN, "a")
    services.delete(ADMIN, "b")

    assert refusal.value.code == "service-in-use"
    assert [one.host.name for one in services.list_services(ADMIN)] == ["a"]
    with pytest.raises(NotFound):
        services.delete(ADMIN, "b")


def test_a_reason_is_for_switching_off_and_one_line(services: ComputeServices) -> None:
    for enabled, reason in ((True, "why"), (False, "two\nlines"), (False, "x" * 256)):
        with pytest.raises(InvalidRequest):
            services.set_enabled(ADMIN, "a", enabled=enabled, reason=reason)


def test_only_admins_see_and_switch_services(services: ComputeServices) -> None:
    member = a_caller()

    for forbidden in (
        lambda: services.list_services(member),
        lambda: services.set_enabled(member, "a", enabled=False),
        lambda: services.set_forced_down(member, "a", forced_down=True),
        lambda: services.delete(member, "a"),
    ):
        with pytest.raises(Forbidden):
            forbidden()
