"""Who counts, and who does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.counting import Counting
from vmctld.observe import metrics


@pytest.fixture(autouse=True)
def _off_again() -> Iterator[None]:
    yield
    metrics.use(metrics.Nothing())


def test_nothing_is_counted_unless_somebody_wants_it() -> None:
    counting = metrics.current()

    counting.boot_ended("active")
    counting.step_took(1, "sign-in", 0.1)
    counting.claim_retried()
    counting.call_ended("/vmctl.v1.ComputeService/ListHosts", "OK", 0.1)

    assert isinstance(counting, metrics.Nothing)


def test_whoever_is_used_counts_from_then_on() -> None:
    counting = Counting()

    metrics.use(counting)
    metrics.current().boot_ended("error", "no-valid-host")

    assert counting.boots == [("error", "no-valid-host")]


def test_the_library_is_imported_only_where_metrics_are_asked_for() -> None:
    script = (
        "import sys, vmctld.app.daemon, vmctld.app.api; print('prometheus_client' in sys.modules)"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout == "False\n"
