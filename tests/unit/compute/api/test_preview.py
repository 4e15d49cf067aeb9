"""A dry run says what the boot would come to, and makes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.callers import a_caller, an_admin
from tests.support.clock import NOON, FakeClock
from tests.support.cloud import FakeServices, Stores, a_validation
from tests.support.database import a_database
from tests.support.instances import keep_hosts, keep_placed, kept
from tests.support.recording_bus import RecordingBus
from vmctld.bus.base import Delivery
from vmctld.compute.api.admission import Admission, Needs
from vmctld.compute.api.preview import Previews
from vmctld.compute.outbox import Outbox
from vmctld.compute.placing import place_request
from vmctld.compute.quotas import ProjectQuotas
from vmctld.compute.scheduler.handlers import Scheduler
from vmctld.compute.server_groups import ServerGroups
from vmctld.domain.aggregate import Aggregate
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.machine import HostCapacity
from vmctld.domain.preview import BootPreview
from vmctld.domain.server_group import Policy
from vmctld.domain.wishes import Hint
from vmctld.errors import InvalidRequest, NotFound, NoValidHost, QuotaExceeded
from vmctld.storage.database import Database
from vmctld.storage.repositories import aggregates, host_rules, hosts, server_groups
from vmctld.storage.tables import METADATA

ADMIN = an_admin("demo")
WEB = BootRequest(name="web", flavor="m1.nano", image="tiny")


class Site:
    """One database with an api that previews, an api that boots, and a scheduler elsewhere."""

    def __init__(self, database: Database) -> None:
        clock, bus = FakeClock(), RecordingBus()
        self.database, self.clock = database, clock
        self.quotas = ProjectQuotas(database)
        fake = FakeServices(Stores())
        needs = Needs(fake, fake, fake, fake, fake, fake, self.quotas)
        outbox = Outbox(database, bus, clock, clock.monotonic)
        self.admission = Admission(database, outbox, needs, clock)
        self.previews = Previews(database, self.admission, self.quotas, clock)
        self.groups = ServerGroups(database, self.quotas, clock)
        self._outbox, self._bus = outbox, bus

    def preview(self, request: BootRequest) -> BootPreview:
        return self.previews.preview(ADMIN, request)

    def boot(self, request: BootRequest) -> list[Instance]:
        """Accept it, and have a scheduler place it that knows only what the database has."""
        made = self.admission.boot(a_validation(ADMIN), request, None)
        scheduler = Scheduler(
            self.database, self._outbox, self._bus, self.clock, self.clock.monotonic
        )
        for instance in made:
            message = place_request(instance)
            scheduler.handle(Delivery(message, "api", "req-1", NOON, NOON, 1), lambda: None)
        return [kept(self.database, instance.id) for instance in made]

    def rows(self) -> dict[str, int]:
        """Return how many rows each table has."""
        with self.database.read() as tx:
            return {
                table.name: len(tx.execute(table.select()).all())
                for table in METADATA.sorted_tables
            }


@pytest.fixture
def site(database: Database) -> Site:
    return Site(database)


def test_it_tells_the_host_its_reasons_and_what_would_be_made(site: Site) -> None:
    keep_hosts(site.database, "a", "b")

    preview = site.preview(replace(WEB, availability_zone="nova"))

    (server,) = preview.servers
    assert (server.name, server.hostname) == ("web", "web")
    assert server.decision.host in ("a", "b")
    assert {verdict.host for verdict in server.decision.verdicts} == {"a", "b"}
    assert (preview.flavor.name, preview.network_ids) == ("m1.nano", ("net-1",))
    assert (preview.usage.instances, preview.limits["instances"]) == (1, 10)


def test_it_makes_nothing(site: Site) -> None:
    keep_hosts(site.database, "a")
    before = site.rows()

    site.preview(replace(WEB, max_count=3))

    assert site.rows() == before


def test_where_no_host_fits_it_says_why_and_what_would(site: Site) -> None:
    keep_hosts(site.database, "a")

    with pytest.raises(NoValidHost) as refusal:
        site.preview(replace(WEB, availability_zone="mars"))

    assert refusal.value.message == (
        "No valid host was found: of 1 host AvailabilityZoneFilter refused 1."
    )
    assert refusal.value.hint == "it would fit with availability zone nova"
    reasons = refusal.value.facts["reasons"]
    assert reasons == [
        {"host": "a", "filter": "AvailabilityZoneFilter", "reason": "in zone nova, mars asked for"}
    ]


def test_which_hosts_refused_only_admins_are_told(site: Site) -> None:
    keep_hosts(site.database, "a")

    with pytest.raises(NoValidHost) as refusal:
        site.previews.preview(a_caller(), replace(WEB, availability_zone="mars"))

    assert "reasons" not in refusal.value.facts


def test_what_the_quota_would_refuse_it_refuses(site: Site) -> None:
    keep_hosts(site.database, "a")
    site.quotas.update_quotas(ADMIN, {"instances": 2})

    assert len(site.preview(replace(WEB, min_count=1, max_count=5)).servers) == 2
    with pytest.raises(QuotaExceeded, match="Requested 3, but already used 0 of 2 instances"):
        site.preview(replace(WEB, min_count=3, max_count=5))


def test_what_a_group_has_no_room_for_it_refuses(site: Site) -> None:
    keep_hosts(site.database, "a")
    group = site.groups.create(ADMIN, "web", "soft-affinity")
    site.quotas.update_quotas(ADMIN, {"server_group_members": 1})
    request = replace(WEB, min_count=2, max_count=2, hints=(Hint("group", group.id),))

    with pytest.raises(QuotaExceeded, match="too many servers in group"):
        site.preview(request)


def test_several_are_kept_apart_as_they_would_be(site: Site) -> None:
    keep_hosts(site.database, "a", "b", "c")
    group = site.groups.create(ADMIN, "web", "anti-affinity")
    request = replace(WEB, max_count=3, min_count=3, hints=(Hint("group", group.id),))

    preview = site.preview(request)

    told = [server.decision.host for server in preview.servers]
    assert sorted(told, key=str) == ["a", "b", "c"]
    assert [instance.host for instance in site.boot(request)] == told


@dataclass(frozen=True)
class State:
    """A fleet, and what is on it."""

    sizes: tuple[int, ...]  # RAM of each host, in MiB
    disabled: frozenset[int]
    in_mars: frozenset[int]
    fast: frozenset[int]
    failures: dict[int, int] = field(default_factory=dict)
    placed: tuple[int, ...] = ()  # hosts of servers that are in the group


def states() -> st.SearchStrategy[State]:
    some = st.frozensets(st.integers(0, 5), max_size=3)
    return st.builds(
        State,
        sizes=st.lists(st.sampled_from([64, 128, 256, 1024, 4096]), max_size=6).map(tuple),
        disabled=some,
        in_mars=some,
        fast=some,
        failures=st.dictionaries(st.integers(0, 5), st.integers(1, 3), max_size=2),
        placed=st.lists(st.integers(0, 5), max_size=3).map(tuple),
    )


def wishes() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "name": st.sampled_from(["web", "db", "cache"]),
            "availability_zone": st.sampled_from([None, None, "nova", "mars", "nova:host-1"]),
            "host": st.sampled_from([None, None, "host-0", "host-2"]),
            "max_count": st.integers(1, 3),
        }
    )


def hints() -> st.SearchStrategy[list[str]]:
    return st.lists(
        st.sampled_from(["group", "different_host", "same_host", "query"]), unique=True, max_size=2
    )


def _lay_out(site: Site, state: State, policy: Policy, asked: list[str]) -> tuple[Hint, ...]:
    """Make the fleet and the group; return the hints, which may name what is there."""
    names = [f"host-{number}" for number in range(len(state.sizes))]
    for name, ram_mib in zip(names, state.sizes, strict=True):
        keep_hosts(site.database, name, capacity=HostCapacity(2, ram_mib, 20))
    group = site.groups.create(ADMIN, "g", policy.value)
    placed = [
        keep_placed(site.database, names[number])
        for number in state.placed
        if number < len(names) and state.sizes[number] >= 1024
    ]
    with site.database.write() as tx:
        if placed:
            server_groups.add_members(tx, group.id, [one.id for one in placed])
        for name, zone, chosen in (("mars", "mars", state.in_mars), ("fast", None, state.fast)):
            metadata = {} if zone else {"ssd": "true", "ram_allocation_ratio": "1.5"}
            aggregates.insert(tx, Aggregate(name, name, zone, (), metadata, NOON, NOON))
            for number in chosen:
                if number < len(names):
                    aggregates.add_host(tx, name, names[number])
        host_rules.apply_rules(tx, names)
        for number, name in enumerate(names):
            if number in state.disabled:
                host_rules.set_enabled(tx, name, False)
            for _ in range(state.failures.get(number, 0)):
                host_rules.build_failed(tx, name)
    given = {
        "group": [group.id],
        "query": ['[">=", "$free_ram_mb", 256]'],
        "different_host": [one.id for one in placed[:1]],
        "same_host": [one.id for one in placed[:1]],
    }
    return tuple(Hint(key, value) for key in asked for value in given[key])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = a_database(Path(tmp_path_factory.mktemp("preview")))
    yield database
    database.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(states(), wishes(), hints(), st.sampled_from(Policy))
def test_a_dry_run_agrees_with_the_boot_on_the_same_state(
    shared: Database, state: State, wish: dict[str, Any], asked: list[str], policy: Policy
) -> None:
    with shared.write() as tx:
        for table in reversed(METADATA.sorted_tables):
            tx.execute(table.delete())
    site = Site(shared)
    given_hints = _lay_out(site, state, policy, asked)
    request = BootRequest(flavor="m1.nano", image="tiny", hints=given_hints, **wish)
    request = replace(request, min_count=request.max_count)

    told = _told(site, request)

    assert _done(site, request) == told


def _told(site: Site, request: BootRequest) -> list[str | None] | str:
    """Return the hosts of a dry run, or what it was refused with."""
    try:
        return [server.decision.host for server in site.preview(request).servers]
    except (NotFound, NoValidHost) as refusal:
        return refusal.message


def _done(site: Site, request: BootRequest) -> list[str | None] | str:
    """Return the hosts of the boot, or what it was refused or failed with."""
    try:
        booted = site.boot(request)
    except NotFound as refusal:
        return refusal.message
    faults = [one.fault.message for one in booted if one.fault and one.vm_state is VmState.ERROR]
    return faults[0] if faults else [one.host for one in booted]


def test_a_request_that_is_wrong_is_wrong_in_a_dry_run_too(site: Site) -> None:
    keep_hosts(site.database, "a")
    with site.database.read() as tx:
        assert hosts.everything(tx)

    with pytest.raises(InvalidRequest):
        site.preview(replace(WEB, hints=(Hint("colour", "blue"),)))
