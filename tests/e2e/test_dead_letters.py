"""A message that nobody could handle: seen, and sent again when its cause is mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cloud import Cloud, running_cloud
from tests.support.waiting import eventually

FIVE_TIMES = ",".join(f"step=10;phase=before;do=raise;n={n}" for n in range(1, 6))


@pytest.fixture
def unlucky(small_image: Path) -> Iterator[Cloud]:
    """A cloud whose scheduler fails at the first message, as often as it gets it."""
    with running_cloud("fake", "--enable-failpoints", "--failpoint", FIVE_TIMES) as cloud:
        cloud.text("image-upload", "--file", str(small_image), "small")
        yield cloud


def test_a_boot_that_died_with_its_message_runs_when_that_is_sent_again(unlucky: Cloud) -> None:
    failed = unlucky.run("boot", "--flavor", "m1.nano", "--image", "small", "--poll", "web")
    assert failed.returncode == 9
    (letter,) = unlucky.json("dead-letters")
    (server,) = unlucky.json("list")
    (check,) = (one for one in unlucky.json("doctor") if one["name"] == "dead-letters")

    unlucky.text("dead-letters-replay", letter["id"])

    assert (letter["message"], letter["address"]) == ("PlaceInstance", "scheduler")
    assert (letter["instance_id"], letter["code"]) == (server["id"], "failpoint")
    assert letter["died_at"].endswith("Z")
    assert check["outcome"] == "warning"
    assert check["detail"].startswith("1 kept, the latest: PlaceInstance for scheduler")
    assert eventually(lambda: unlucky.json("show", "web")["status"] == "ACTIVE")
    assert unlucky.json("show", "web")["fault"] is None
    assert unlucky.json("dead-letters") == []
    trace = unlucky.json("trace", "web")
    assert [step["number"] for step in trace["steps"]] == list(range(1, 29))
    assert len(trace["attempts"]) == 1


def test_a_letter_whose_server_is_gone_is_refused_and_can_be_forgotten(unlucky: Cloud) -> None:
    unlucky.run("boot", "--flavor", "m1.nano", "--image", "small", "--poll", "web")
    unlucky.text("delete", "--wait", "web")
    (letter,) = unlucky.json("dead-letters")

    refused = unlucky.run("dead-letters-replay", "--all")

    assert refused.returncode == 5
    assert "does not wait for this message any more" in refused.stderr
    unlucky.text("dead-letters-delete", letter["id"])
    assert unlucky.json("dead-letters") == []
    assert unlucky.run("dead-letters-delete", letter["id"]).returncode == 3


@pytest.mark.long
def test_letters_outlive_the_daemon(unlucky: Cloud) -> None:
    unlucky.run("boot", "--flavor", "m1.nano", "--image", "small", "--poll", "web")
    unlucky.kill()
    unlucky.start()

    (letter,) = unlucky.json("dead-letters")

    assert letter["replayable"]
