"""What Prometheus gets from a daemon that was asked for metrics."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cloud import Cloud, running_cloud


@pytest.fixture(scope="module")
def counted(small_image: Path) -> Iterator[Cloud]:
    """A cloud that serves metrics."""
    with running_cloud("fake", "--metrics-listen", "0") as cloud:
        cloud.text("image-upload", "--file", str(small_image), "small")
        yield cloud


def scrape(cloud: Cloud) -> dict[str, float]:
    """Return every sample, by name and labels as they are written."""
    found = re.search(r"address=(127\.0\.0\.1:\d+)", cloud.log)
    assert found, cloud.log
    with urllib.request.urlopen(f"http://{found[1]}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def test_boots_are_counted_by_outcome_and_each_of_the_28_steps_is_timed(counted: Cloud) -> None:
    counted.text("boot", "--flavor", "m1.nano", "--image", "small", "--poll", "web")
    failed = counted.run(
        *("boot", "--flavor", "m1.xlarge", "--image", "small"),
        *("--availability-zone", "nowhere", "--poll", "big"),
    )

    samples = scrape(counted)

    assert failed.returncode == 9
    assert samples['vmctld_boots_total{code="",outcome="active"}'] == 1
    assert samples['vmctld_boots_total{code="no-valid-host",outcome="error"}'] == 1
    timed = [re.search(r'boot_step_seconds_count.*step="(\d+)"', name) for name in samples]
    assert {int(found[1]) for found in timed if found} == set(range(1, 29))


def test_calls_are_timed_by_method_and_code(counted: Cloud) -> None:
    counted.text("list")
    counted.run("show", "nobody")

    samples = scrape(counted)

    for method, code in (("ListInstances", "OK"), ("GetInstance", "NOT_FOUND")):
        name = f'vmctld_rpc_seconds_count{{code="{code}",method="ComputeService/{method}"}}'
        assert samples[name] >= 1


def test_queues_and_letters_are_read_when_somebody_asks(counted: Cloud) -> None:
    samples = scrape(counted)

    assert samples['vmctld_queue_depth{queue="scheduler"}'] == 0
    assert samples["vmctld_bus_up"] == 1
    assert samples["vmctld_dead_letters"] == 0
    assert samples["vmctld_claims_retried_total"] == 0
    assert {"vmctld_outbox_messages", "vmctld_unconfirmed_messages"} <= samples.keys()


def test_a_daemon_that_counts_stays_small(counted: Cloud) -> None:
    assert scrape(counted)["process_resident_memory_bytes"] < 150 * 2**20


def test_a_port_that_is_taken_keeps_the_daemon_from_starting(counted: Cloud) -> None:
    taken = re.search(r"address=(127\.0\.0\.1:\d+)", counted.log)
    assert taken
    other = Cloud(counted.home / "other", "fake")
    other.home.mkdir()

    with pytest.raises(AssertionError, match="cannot serve metrics on"):
        other.start("--metrics-listen", taken[1])
