"""The metrics in Prometheus's format, on a port of their own.

Imported only where metrics are asked for: the library costs every start 0.07 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import start_http_server
from prometheus_client.registry import Collector

from vmctld.errors import Unavailable, VmctlError

log = structlog.get_logger(__name__)

# Two of a decade and the deadlines: enough to see which step is slow, few enough for 28 of them
STEP_BUCKETS_S = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0)
CALL_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)


class Prometheus:
    """Fills ``metrics.Metrics``.  Every one of it has a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._boots = Counter(
            "vmctld_boots", "Boots that have ended.", ["outcome", "code"], registry=self.registry
        )
        self._steps = Histogram(
            "vmctld_boot_step_seconds",
            "How long each step of a boot took.",
            ["step", "action"],
            buckets=STEP_BUCKETS_S,
            registry=self.registry,
        )
        self._claims = Counter(
            "vmctld_claims_retried",
            "Claims on a host that had no room left.",
            registry=self.registry,
        )
        self._calls = Histogram(
            "vmctld_rpc_seconds",
            "How long calls took, streams until their end.",
            ["method", "code"],
            buckets=CALL_BUCKETS_S,
            registry=self.registry,
        )

    def boot_ended(self, outcome: str, code: str = "") -> None:
        """Count a boot."""
        self._boots.labels(outcome, code).inc()

    def step_took(self, number: int, action: str, duration_s: float) -> None:
        """Put a step into its histogram."""
        self._steps.labels(str(number), action).observe(duration_s)

    def claim_retried(self) -> None:
        """Count a claim."""
        self._claims.inc()

    def call_ended(self, method: str, code: str, duration_s: float) -> None:
        """Put a call into its histogram."""
        self._calls.labels(method.removeprefix("/vmctl.v1."), code).observe(duration_s)


class Reading(Protocol):
    """Something that is looked at when somebody asks."""

    def __call__(self) -> Mapping[str, float]:
        """Return numbers by label.  Raises VmctlError when it cannot be known now."""
        ...


class Gauges(Collector):
    """Numbers that are read at each scrape; what cannot be read is left out."""

    def __init__(self, gauges: Sequence[tuple[str, str, str, Reading]]) -> None:
        self._gauges = gauges  # name, help, label (empty: none), reading

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing: being registered is no reason to look."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield what can be read."""
        for name, text, label, read in self._gauges:
            try:
                numbers = read()
            except VmctlError as error:
                log.info("a metric could not be read", metric=name, why=error.message)
                continue
            except Exception:  # one that cannot be read does not hide the others
                log.exception("a metric could not be read", metric=name)
                continue
            family = GaugeMetricFamily(name, text, labels=[label] if label else [])
            for value, number in numbers.items():
                family.add_metric([value] if label else [], number)
            yield family


def serve(registry: CollectorRegistry, address: str) -> tuple[str, Callable[[], None]]:
    """Serve ``registry`` at ``host:port``; return where, and what ends it.

    Port 0 takes a free one.  Raises Unavailable when the address cannot be had.
    """
    host, _, port = address.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except OSError as error:
        raise Unavailable(
            f"cannot serve metrics on {address}: {error.strerror or error}",
            code="address-in-use",
            hint="Set --metrics-listen to another address, or off.",
            facts={"address": address},
        ) from error

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return f"{host}:{server.server_port}", end
