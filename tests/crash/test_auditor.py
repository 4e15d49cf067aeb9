"""The auditor finds one planted leak for each invariant, and none where none is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.crash import plants
from tests.crash.auditor import audit, audit_cleanup
from tests.crash.client import User
from tests.crash.cloud import Cloud, Wish
from tests.crash.evidence import Evidence, Ledger
from tests.crash.plants import GHOST, PLANTS, Planter, planter
from tests.crash.site import Site, Template, site_of, template


@dataclass
class Stage:
    """A running daemon with one server, found sound."""

    site: Site
    cloud: Cloud
    ledger: Ledger
    seen: Evidence
    plant: Planter


@pytest.fixture(scope="module")
def prepared() -> Iterator[Template]:
    with template("fake") as source:
        yield source


@pytest.fixture
def stage(prepared: Template) -> Iterator[Stage]:
    with site_of(prepared) as site:
        site.start()
        cloud, ledger = site.client(), Ledger()
        user = User(cloud, ledger)
        server_id = user.boot(Wish("one", prepared.volumes[0]))
        assert user.until_settled(server_id) == "ACTIVE"
        seen, found = audit(site, cloud, ledger)
        assert found == []
        ledger.saw(seen)
        with planter(site, ledger, server_id) as plant:
            yield Stage(site, cloud, ledger, seen, plant)
        cloud.close()


def _name(it: object) -> str:
    return getattr(it, "__name__", str(it))


@pytest.mark.parametrize(("leak", "invariant"), PLANTS.items(), ids=_name)
def test_a_planted_leak_is_found(
    stage: Stage, leak: Callable[[Planter], None], invariant: str
) -> None:
    if leak is plants.stray_link and not shutil.which("ip"):
        pytest.skip("no ip command here: no interface can be made")

    leak(stage.plant)

    _, found = audit(stage.site, stage.cloud, stage.ledger, grace_s=0)
    assert invariant in {violation.invariant for violation in found}


def test_a_cleanup_that_changes_something_the_second_time_is_found(stage: Stage) -> None:
    found = audit_cleanup(
        stage.site, stage.cloud, stage.ledger, lambda: stage.plant.file(f"images/{GHOST}.part")
    )

    assert [violation.invariant for violation in found] == ["I18"]


def test_every_invariant_has_a_planted_leak() -> None:
    assert set(PLANTS.values()) == {f"I{number}" for number in range(1, 18)}
