"""The auditor finds what is planted, mends it, and touches nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from tests.support.planted import MENDED, SEEN, Plant, Site
from vmctld.domain.operations import Finding
from vmctld.errors import HypervisorFailed, Unavailable
from vmctld.operations.audit import Auditor
from vmctld.operations.audit.checks import CHECKS
from vmctld.operations.audit.suspect import Check, Suspect
from vmctld.operations.audit.world import World
from vmctld.operations.installation import Installation


def an_auditor(installation: Installation, *checks: Check) -> Auditor:
    return Auditor(installation, checks=checks or CHECKS, pause=lambda _seconds: None)


def everything_in(site: Site) -> str:
    """Return all rows and the names of all files, to see whether anything was touched."""
    with site.database() as db:
        rows = "\n".join(db.iterdump())
    files = sorted(str(path) for path in site.state_dir.rglob("*") if "vmctl.db" not in path.name)
    return rows + "\n".join(files)


def test_an_installation_in_order_has_no_findings(installation: Installation) -> None:
    assert an_auditor(installation).audit(deep=True) == ()


@pytest.mark.parametrize("plant", [*MENDED.values(), *SEEN.values()], ids=[*MENDED, *SEEN])
def test_what_is_planted_is_found_and_nothing_else_is(
    installation: Installation, site: Site, plant: Plant
) -> None:
    planted = plant(site)

    findings = an_auditor(installation).audit()

    assert [planted.matches(f.invariant, f.subject) for f in findings] == [True], findings
    assert not findings[0].repaired


@pytest.mark.parametrize("plant", MENDED.values(), ids=MENDED)
def test_what_can_be_mended_is_mended_and_then_the_audit_is_clean(
    installation: Installation, site: Site, plant: Plant
) -> None:
    plant(site)

    with capture_logs() as logs:
        repaired = an_auditor(installation).audit(repair=True)

    assert [finding.repaired for finding in repaired] == [True]
    assert [line["event"] for line in logs] == ["an audit mended"]
    assert an_auditor(installation).audit() == ()


@pytest.mark.parametrize("plant", SEEN.values(), ids=SEEN)
def test_what_only_a_person_can_decide_on_stays(
    installation: Installation, site: Site, plant: Plant
) -> None:
    planted = plant(site)
    before = everything_in(site)

    repaired = an_auditor(installation).audit(repair=True)

    assert [planted.matches(f.invariant, f.subject) for f in repaired] == [True]
    assert not repaired[0].repaired
    assert everything_in(site) == before


@pytest.mark.parametrize("name", ["stray-allocation", "stray-attachment", "unattached-volume"])
def test_a_cure_leaves_the_living_as_they_were(
    installation: Installation, site: Site, name: str
) -> None:
    before = everything_in(site)
    MENDED[name](site)

    an_auditor(installation).audit(repair=True)

    gone = [line for line in before.splitlines() if line not in everything_in(site)]
    assert [line for line in gone if '"hosts"' not in line] == []  # whose generation grows


def test_all_leaks_at_once_are_found_and_mended_together(
    installation: Installation, site: Site
) -> None:
    planted = [plant(site) for name, plant in MENDED.items() if name != "wrong-quota"]

    findings = an_auditor(installation).audit(repair=True)

    for each in planted:
        assert any(each.matches(f.invariant, f.subject) for f in findings), each
    assert all(finding.repaired for finding in findings)
    assert an_auditor(installation).audit() == ()


def test_a_second_repair_changes_nothing(installation: Installation, site: Site) -> None:
    for plant in MENDED.values():
        plant(site)
    an_auditor(installation).audit(repair=True)
    before = everything_in(site)

    assert an_auditor(installation).audit(repair=True) == ()

    assert everything_in(site) == before


def test_what_only_one_look_sees_is_no_finding(installation: Installation) -> None:
    looks = iter(["a machine that has just started", ""])

    def fleeting(_world: World) -> Iterator[Suspect]:
        if next(looks):
            yield Suspect("machine", "x", "seen once")

    assert an_auditor(installation, Check("I4", fleeting)).audit() == ()


def test_what_only_the_second_look_sees_is_no_finding(installation: Installation) -> None:
    subjects = iter(["old", "new"])

    def changing(_world: World) -> Iterator[Suspect]:
        yield Suspect("machine", next(subjects), "seen once")

    assert an_auditor(installation, Check("I4", changing)).audit() == ()


def test_what_is_right_again_when_it_is_to_be_mended_is_left_alone(
    installation: Installation,
) -> None:
    looks = iter([True, True, False])
    mended: list[str] = []

    def lasting(_world: World) -> Iterator[Suspect]:
        if next(looks):
            yield Suspect("machine", "x", "gone", mend=lambda _tx: mended.append("x"))

    an_auditor(installation, Check("I4", lasting)).audit(repair=True)

    assert mended == []


def failing(_world: World) -> Iterator[Suspect]:
    def refuse() -> None:
        raise HypervisorFailed("no")

    yield Suspect("machine", "x", "will not go", afterwards=refuse)


def unwritable(_world: World) -> Iterator[Suspect]:
    def refuse(_tx: object) -> None:
        raise Unavailable("no")

    yield Suspect("row", "y", "will not go", mend=refuse)


def curable(_world: World) -> Iterator[Suspect]:
    yield Suspect("row", "z", "goes", mend=lambda _tx: None)


def test_a_cure_that_fails_is_told_and_does_not_keep_others_from_theirs(
    installation: Installation,
) -> None:
    checks = [Check("I4", failing), Check("I5", unwritable), Check("I7", curable)]

    with capture_logs() as logs:
        findings = an_auditor(installation, *checks).audit(repair=True)

    assert [(finding.subject, finding.repaired) for finding in findings] == [
        ("x", False),
        ("y", False),
        ("z", True),
    ]
    assert [line["log_level"] for line in logs] == ["error", "error", "warning"]


def test_a_finding_says_which_invariant_it_breaks(installation: Installation, site: Site) -> None:
    planted = MENDED["stray-hold"](site)

    findings = an_auditor(installation).audit()

    assert findings == (
        Finding("I7", "hold", planted.subject, "holds an image for no living instance", False),
    )


def test_schedulers_are_told_when_a_claim_was_mended(
    installation: Installation, site: Site
) -> None:
    told: list[bool] = []
    installation = replace(installation, hosts_changed=lambda: told.append(True))
    MENDED["stray-allocation"](site)

    an_auditor(installation).audit(repair=True)

    assert told == [True]
