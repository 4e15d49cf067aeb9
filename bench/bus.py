"""The bus: how long a call takes, how many messages a second, in one process and over RabbitMQ.

The floor of a call is a ``queue.SimpleQueue`` each way between two threads, of a broker's
call the same through a socket pair: nothing with a second thread is faster than that.
"""

from __future__ import annotations

import queue
import shutil
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.table import Row
from tests.support import rabbitmq
from vmctld.bus.base import Bus, Envelope, MessageKind
from vmctld.bus.codec import message
from vmctld.bus.inproc import InprocBus
from vmctld.bus.rabbitmq import RabbitBus

CALLS = 2_000
MESSAGES = 10_000
WAIT_S = 60.0


@message
@dataclass(frozen=True, slots=True)
class BenchPing:
    """A message about as large as most."""

    instance_id: str
    attempt: int
    project_id: str
    hosts: tuple[str, ...] = ("web-1", "web-2")


PING = BenchPing("3f0c1d5e-0000-4000-8000-000000000000", 1, "a" * 32)


def measure() -> list[Row]:
    """Return the rows of all buses that this machine can have."""
    thread_us = _median_us(_across_queues(), CALLS)
    socket_us = _median_us(_across_sockets(), CALLS)
    rows = _rows("in one process", InprocBus(), thread_us, "", "")
    if rabbitmq.is_installed():
        with _rabbit_bus() as bus:
            rows += _rows("over RabbitMQ", bus, socket_us, "at most 3 ms", "at least 2,000/s")
    return rows


def _rows(where: str, bus: Bus, floor_us: float, call_wanted: str, sent_wanted: str) -> list[Row]:
    """Measure one bus, and close it."""
    bus.serve("ping", lambda delivery, _: delivery.message, pool="ping", workers=1)
    bus.serve("sink", lambda *_: None, pool="sink", workers=1)
    call_us = _median_us(lambda: bus.call("ping", PING, timeout_s=WAIT_S), CALLS)
    sent_per_s = _sent_per_s(bus)
    bus.close()
    return [
        Row(
            f"call and answer, {where}",
            f"p50 {call_us / 1000:.2f} ms",
            f"{call_us / floor_us:.1f} x the floor ({floor_us:.0f} us)",
            call_wanted,
        ),
        Row(
            f"messages settled, {where}",
            f"{sent_per_s:,.0f}/s",
            f"one in {sent_per_s * floor_us / 1e6:.2f} x the floor",
            sent_wanted,
        ),
    ]


def _median_us(action: Callable[[], object], times: int) -> float:
    """Return the median of an action's time, after a few for warming up."""
    for _ in range(times // 20):
        action()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e6


def _sent_per_s(bus: Bus) -> float:
    """Return how many messages a second are handed over and settled."""
    settled = queue.SimpleQueue[None]()
    envelope = Envelope(PING, MessageKind.CAST, "req-bench", datetime.now(UTC))
    began = time.perf_counter()
    for _ in range(MESSAGES):
        while not bus.send("sink", envelope, lambda: settled.put(None)):
            time.sleep(0.001)
    for _ in range(MESSAGES):
        settled.get(timeout=WAIT_S)
    return MESSAGES / (time.perf_counter() - began)


def _across_queues() -> Callable[[], object]:
    """Return a round trip to another thread and back."""
    there, back = queue.SimpleQueue[int](), queue.SimpleQueue[int]()

    def echo() -> None:
        while True:
            back.put(there.get())

    def round_trip() -> int:
        there.put(1)
        return back.get()

    threading.Thread(target=echo, daemon=True).start()
    return round_trip


def _across_sockets() -> Callable[[], object]:
    """Return a round trip through the kernel to another thread and back."""
    near, far = socket.socketpair()

    def echo() -> None:
        while data := far.recv(4096):
            far.sendall(data)

    def round_trip() -> bytes:
        near.sendall(b"x" * 300)
        return near.recv(4096)

    threading.Thread(target=echo, daemon=True).start()
    return round_trip


@contextmanager
def _rabbit_bus() -> Iterator[Bus]:
    """Have a broker for a while, and a bus over it."""
    directory = Path(tempfile.mkdtemp(prefix="vmctl-bench-"))
    broker = rabbitmq.Broker(directory)
    try:
        broker.start()
        bus = RabbitBus(broker.url())
        bus.wait_ready(WAIT_S)
        yield bus
    finally:
        broker.stop()
        shutil.rmtree(directory)
