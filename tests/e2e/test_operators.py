"""``audit`` and ``doctor`` on a daemon that runs, with leaks planted beside it.

All of them share one cloud: it is sound at first, then mended, then broken for good.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cloud import Cloud, running_cloud
from tests.support.planted import MENDED, OUTSIDE, SEEN, Site

FOUND_SOMETHING = 10


@pytest.fixture(scope="module")
def own_cloud(small_image: Path) -> Iterator[Cloud]:
    """A cloud that nobody else minds to be planted in."""
    with running_cloud("fake") as cloud:
        cloud.text("image-upload", "--file", str(small_image), "small")
        yield cloud


@pytest.fixture(scope="module")
def site(own_cloud: Cloud) -> Site:
    """Its state directory, with a server that is ACTIVE."""
    own_cloud.text("boot", "--flavor", "m1.nano", "--image", "small", "--poll", "web")
    return Site(own_cloud.state_dir, own_cloud.json("list")[0]["id"])


def test_the_doctor_finds_a_young_installation_sound(own_cloud: Cloud) -> None:
    checks = own_cloud.json("doctor")

    assert {check["name"] for check in checks if check["outcome"] != "ok"} <= {"disk-space"}


def test_all_that_can_be_mended_is_mended_on_a_daemon_that_runs(
    own_cloud: Cloud, site: Site
) -> None:
    planted = [plant(site) for plant in MENDED.values()]

    seen = own_cloud.run("audit", "-f", "json")
    repaired = own_cloud.run("audit", "--repair", "-f", "json")

    assert (seen.returncode, repaired.returncode) == (FOUND_SOMETHING, FOUND_SOMETHING)
    findings = json.loads(repaired.stdout)
    for each in planted:
        assert any(each.matches(f["invariant"], f["subject"]) for f in findings), each
    assert {finding["repaired"] for finding in findings} == {True}
    assert own_cloud.json("audit") == []
    assert own_cloud.json("show", site.instance_id)["status"] == "ACTIVE"
    assert own_cloud.log.count("an audit mended") == len(findings)


def test_what_a_person_has_to_decide_on_is_shown(own_cloud: Cloud, site: Site) -> None:
    planted = SEEN["lost-image-file"](site)

    ran = own_cloud.run("audit", "--repair")

    assert ran.returncode == FOUND_SOMETHING
    assert re.search(rf"I9 .*{planted.subject}.*its file is not there", ran.stdout)


def test_the_doctor_finds_a_broken_reference(own_cloud: Cloud, site: Site) -> None:
    OUTSIDE["broken-reference"](site)

    ran = own_cloud.run("doctor")

    assert ran.returncode == FOUND_SOMETHING
    assert re.search(r"database +\| failed +\| 1 reference to nowhere", ran.stdout)
