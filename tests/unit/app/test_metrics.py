"""Metrics of one process: counting begins and ends with their port."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.support.database import a_database
from vmctld.app import metrics as module
from vmctld.app.metrics import serve_metrics
from vmctld.errors import Unavailable
from vmctld.observe import metrics, prometheus


class Buses:
    """A bus that is well, or away."""

    def __init__(self) -> None:
        self.bus = self
        self.error: Unavailable | None = None

    def problem(self) -> Unavailable | None:
        """Return why it does not work."""
        return self.error

    def depth(self) -> dict[str, int]:
        """Return how deep one queue is, or fail."""
        if self.error:
            raise self.error
        return {"scheduler": 3}

    def unconfirmed(self) -> int:
        """Return how many there are."""
        return 7


class Data:
    """A database, as a role has it."""

    def __init__(self, directory: Path) -> None:
        self.database = a_database(directory)


@pytest.fixture
def where(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses at which metrics are served."""
    found: list[str] = []
    real = prometheus.serve

    def serve(*arguments: Any) -> Any:
        served = real(*arguments)
        found.append(served[0])
        return served

    monkeypatch.setattr(prometheus, "serve", serve)
    return found


def _scrape(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}", timeout=10) as answer:
        return str(answer.read().decode())


def test_what_is_counted_and_what_is_read_are_served_until_the_end(
    where: list[str], tmp_path: Path
) -> None:
    buses: Any = Buses()
    data: Any = Data(tmp_path)

    stop = serve_metrics("127.0.0.1:0", buses, data)
    metrics.current().claim_retried()
    text = _scrape(where[0])
    buses.error = Unavailable("away")
    text_when_away = _scrape(where[0])
    stop()
    data.database.close()

    for line in (
        'vmctld_queue_depth{queue="scheduler"} 3.0',
        "vmctld_bus_up 1.0",
        "vmctld_unconfirmed_messages 7.0",
        "vmctld_dead_letters 0.0",
        "vmctld_outbox_messages 0.0",
        "vmctld_claims_retried_total 1.0",
    ):
        assert line in text
    assert "vmctld_bus_up 0.0" in text_when_away
    assert "vmctld_queue_depth{" not in text_when_away
    assert isinstance(metrics.current(), metrics.Nothing)


def test_a_compute_host_has_no_gauges_of_a_database(where: list[str]) -> None:
    buses: Any = Buses()

    stop = serve_metrics("127.0.0.1:0", buses, None)
    try:
        assert "dead_letters" not in _scrape(where[0])
    finally:
        stop()


def test_nothing_counts_when_the_port_cannot_be_had() -> None:
    buses: Any = Buses()

    with pytest.raises(Unavailable):
        module.serve_metrics("256.256.256.256:1", buses, None)

    assert isinstance(metrics.current(), metrics.Nothing)
