"""Metrics of one process, where its operator asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import structlog

from vmctld.app.buses import Buses
from vmctld.observe import metrics

if TYPE_CHECKING:
    from vmctld.app.data import Data

log = structlog.get_logger(__name__)


def serve_metrics(address: str, buses: Buses, data: Data | None) -> Callable[[], None]:
    """Count from now on and serve what is counted; return what ends it.

    Raises Unavailable when the address cannot be had.
    """
    from vmctld.observe.prometheus import Gauges, Prometheus, serve

    counting, bus = Prometheus(), buses.bus
    counting.registry.register(
        Gauges(
            [
                ("vmctld_bus_up", "1 while the bus works.", "", lambda: {"": _is_up(buses)}),
                ("vmctld_queue_depth", "Messages that wait.", "queue", bus.depth),
                (
                    "vmctld_unconfirmed_messages",
                    "Messages that were handed to the broker and that it has not confirmed.",
                    "",
                    lambda: {"": bus.unconfirmed()},
                ),
                *(_of_database(data) if data else ()),
            ]
        )
    )
    where, end = serve(counting.registry, address)
    metrics.use(counting)
    log.info("metrics are served", address=where)

    def stop() -> None:
        end()
        metrics.use(metrics.Nothing())

    return stop


def _is_up(buses: Buses) -> float:
    return 0.0 if buses.problem() else 1.0


def _of_database(data: Data) -> list[tuple[str, str, str, Callable[[], Mapping[str, float]]]]:
    """Return the gauges that need the database."""
    from vmctld.storage.repositories import dead_letters, outbox

    def letters() -> dict[str, float]:
        with data.database.read() as tx:
            return {"": dead_letters.count(tx)}

    def kept() -> dict[str, float]:
        with data.database.read() as tx:
            return {"": outbox.depth(tx)}

    return [
        ("vmctld_dead_letters", "Messages that nobody could handle.", "", letters),
        ("vmctld_outbox_messages", "Messages that are decided on and not settled.", "", kept),
    ]
