"""Bugs that were planted in the pipeline: the storms find each, so that what they miss is rare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import and_, bindparam, update
from sqlalchemy.exc import IntegrityError

from tests.simulation.ground import Ground
from tests.simulation.storm import storm
from vmctld.compute.agent import build
from vmctld.compute.agent.actions.allocate_ports import AllocatePorts
from vmctld.compute.agent.actions.fetch_image import FetchImage
from vmctld.compute.agent.actions.spawn import Spawn
from vmctld.compute.agent.handlers import Agent
from vmctld.compute.agent.journal import ConductorJournal
from vmctld.compute.agent.power import PowerReports
from vmctld.compute.conductor.hosts import Hosts
from vmctld.compute.conductor.sweep import Sweep
from vmctld.compute.outbox import Outbox
from vmctld.compute.quotas import ProjectQuotas
from vmctld.domain.instance import VmState
from vmctld.drivers.fake.driver import FakeDriver
from vmctld.saga import runner
from vmctld.storage.prepared import Prepared
from vmctld.storage.repositories import hosts, instances

SEEDS = range(5_000, 5_150)
MORE_SEEDS = range(5_000, 5_400)  # for what takes two faults at once
Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with Ground() as ground:
        yield ground


def _nothing(*_: object, **__: object) -> None:
    return None


def claims_are_not_given_back(patch: Patch) -> None:
    give_back: Any = hosts._GIVE_BACK.statement
    wrong = give_back.values(free_ram_mib=hosts._C.free_ram_mib)
    patch.setattr(hosts, "_GIVE_BACK", Prepared(wrong))


def a_host_without_room_is_claimed(patch: Patch) -> None:
    anywhere = update(hosts.TABLE).where(hosts._C.name == bindparam("host"))
    changes = {
        "free_vcpus": hosts._C.free_vcpus - bindparam("v"),
        "free_ram_mib": hosts._C.free_ram_mib - bindparam("r"),
        "free_disk_gib": hosts._C.free_disk_gib - bindparam("d"),
        "instances": hosts._C.instances + 1,
    }
    patch.setattr(hosts, "_CLAIM", Prepared(anywhere.values(changes).returning(hosts.TABLE)))


def a_deletion_frees_the_quota_twice(patch: Patch) -> None:
    once = ProjectQuotas.release

    def twice(self: ProjectQuotas, *given: Any, **counts: Any) -> None:
        once(self, *given, **counts)
        once(self, *given, **counts)

    patch.setattr(ProjectQuotas, "release", twice)


def an_attempt_that_is_over_may_finish(patch: Patch) -> None:
    building = and_(
        instances._C.id == bindparam("instance"),
        instances._C.vm_state == VmState.BUILDING.value,
    )
    finish: Any = instances._FINISH.statement
    loose = update(instances.TABLE).where(building).values(finish._values)
    patch.setattr(instances, "_FINISH", Prepared(loose))


def nobody_asks_again_for_what_was_lost(patch: Patch) -> None:
    patch.setattr(Sweep, "sweep", _nothing)


def a_message_is_sent_once_only(patch: Patch) -> None:
    patch.setattr(Outbox, "sweep", _nothing)


def an_undo_leaves_ports(patch: Patch) -> None:
    patch.setattr(AllocatePorts, "undo", _nothing)


def an_undo_leaves_the_image_held(patch: Patch) -> None:
    patch.setattr(FetchImage, "undo", _nothing)


def an_undo_leaves_the_machine(patch: Patch) -> None:
    patch.setattr(Spawn, "undo", _nothing)
    patch.setattr(Hosts, "reconcile", lambda *_: build.m.ReconcileAnswer((), ()))


def a_resumed_build_undoes_its_own_actions_only(patch: Patch) -> None:
    run = runner.run

    def forgetful(*given: Any, resumed: bool = False, **options: Any) -> None:
        run(*given, **options)

    patch.setattr(build.runner, "run", forgetful)


def a_fenced_build_goes_on(patch: Patch) -> None:
    patch.setattr(ConductorJournal, "_tell", _nothing)


def what_nobody_wants_any_more_is_kept(patch: Patch) -> None:
    succeeded = build.ConductorClient.succeeded

    def always(*given: Any) -> bool:
        succeeded(*given)
        return True

    patch.setattr(build.ConductorClient, "succeeded", always)
    patch.setattr(Hosts, "reconcile", lambda *_: build.m.ReconcileAnswer((), ()))


def a_machine_ends_and_nobody_is_told(patch: Patch) -> None:
    patch.setattr(PowerReports, "tell", _nothing)


def a_deletion_forgets_the_machine(patch: Patch) -> None:
    destroy = FakeDriver.destroy

    def only_failed(self: FakeDriver, instance_id: str, attempt: int | None = None) -> None:
        if attempt is not None:
            destroy(self, instance_id, attempt)

    patch.setattr(FakeDriver, "destroy", only_failed)


def two_builds_of_one_message_are_settled_by_the_first(patch: Patch) -> None:
    patch.setattr(Agent, "_is_new", lambda self, message, settle: settle())


HIDDEN = (
    nobody_asks_again_for_what_was_lost,
    a_resumed_build_undoes_its_own_actions_only,
    an_attempt_that_is_over_may_finish,
    what_nobody_wants_any_more_is_kept,
)
"""Found, but not soon."""
PLANTS: tuple[Callable[[Patch], None], ...] = (
    claims_are_not_given_back,
    a_host_without_room_is_claimed,
    a_deletion_frees_the_quota_twice,
    a_message_is_sent_once_only,
    an_undo_leaves_ports,
    an_undo_leaves_the_image_held,
    an_undo_leaves_the_machine,
    a_fenced_build_goes_on,
    a_machine_ends_and_nobody_is_told,
    a_deletion_forgets_the_machine,
    two_builds_of_one_message_are_settled_by_the_first,
)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_storms_find_what_was_planted(
    ground: Ground, plant: Callable[[Patch], None], monkeypatch: Patch
) -> None:
    plant(monkeypatch)

    assert any(_ends_badly(seed, ground) for seed in SEEDS)


@pytest.mark.long
@pytest.mark.parametrize("plant", HIDDEN, ids=lambda plant: plant.__name__)
def test_more_storms_find_what_is_hidden(
    ground: Ground, plant: Callable[[Patch], None], monkeypatch: Patch
) -> None:
    plant(monkeypatch)

    assert any(_ends_badly(seed, ground) for seed in MORE_SEEDS)


def _ends_badly(seed: int, ground: Ground) -> bool:
    """Return whether the storm finds a violation, or the database one key that is taken twice."""
    try:
        return bool(storm(seed, ground).violations)
    except IntegrityError:
        return True
