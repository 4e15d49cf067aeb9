"""The bus inside one process: bounded queues and threads, memory only.

What it holds dies with the process.  That loses nothing: an outbox row stays until its
message is acknowledged, and the sweep sends it again.
"""

from __future__ import annotations

import copy
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count

import structlog

from vmctld.bus.answers import error_from_dict, error_to_dict
from vmctld.bus.base import (
    DeadLetter,
    Envelope,
    Handler,
    MessageKind,
    OnDeadLetter,
    Settle,
)
from vmctld.bus.codec import decode_envelope, decode_message, encode_envelope, encode_message
from vmctld.bus.consumer import Consumer, Job, Slot
from vmctld.bus.envelopes import answer_to, new_envelope
from vmctld.bus.pool import Pool
from vmctld.bus.tap import Tap
from vmctld.bus.timer import Timer
from vmctld.bus.topics import Topics
from vmctld.errors import TimedOut, Unavailable, VmctlError
from vmctld.observe.context import shorter_s

log = structlog.get_logger(__name__)

CAPACITY = 100_000  # entries in a pool's queue: a burst of boots piles up here, at some 1 kB each
CLOSE_TIMEOUT_S = 10.0
LETTERS_KEPT = 1000


class InprocBus:
    """A handle of a bus in this process.  The first one makes it, ``named`` shares it.

    ``copy_messages`` takes everything through the codec, as a broker would: what works
    with it does not rely on sharing a process.
    """

    def __init__(
        self,
        sender: str = "vmctld",
        *,
        on_dead_letter: OnDeadLetter | None = None,
        capacity: int = CAPACITY,
        copy_messages: bool = False,
        tap: Tap | None = None,
    ) -> None:
        self._sender = sender
        self._exchange = _Exchange(on_dead_letter, capacity, copy_messages, tap)

    def named(self, sender: str) -> InprocBus:
        """Return a handle of the same bus that sends as ``sender``."""
        handle = copy.copy(self)
        handle._sender = sender
        return handle

    def serve(self, address: str, handler: Handler, *, pool: str, workers: int) -> None:
        """Have ``handler`` take the messages of ``address`` on the threads of ``pool``."""
        self._exchange.add_consumer(address, handler, self._sender, pool, workers)

    def call(self, address: str, message: object, *, timeout_s: float) -> object:
        """Return the answer to ``message``; raise what the handler raised."""
        timeout_s = shorter_s(timeout_s)
        slot = Slot()
        envelope = new_envelope(message, MessageKind.CALL)
        deadline_s = time.monotonic() + timeout_s
        job = Job(envelope, self._sender, slot=slot, deadline_s=deadline_s)
        if not self._exchange.post(address, job):
            raise self._exchange.refusal(address)
        return slot.wait(timeout_s, address)

    def send(self, address: str, envelope: Envelope, on_settled: Settle) -> bool:
        """Hand a message over; ``on_settled`` follows when its consumer acknowledged it."""
        return self._exchange.post(address, Job(envelope, self._sender, on_settled=on_settled))

    def cast(self, address: str, message: object) -> None:
        """Send ``message`` and forget it."""
        job = Job(new_envelope(message, MessageKind.CAST), self._sender)
        if not self._exchange.post(address, job):
            log.info("cast-dropped", address=address, message=type(message).__name__)

    def fanout(self, topic: str, message: object) -> None:
        """Call every subscriber of ``topic``, here and now."""
        self._exchange.publish(topic, message)

    def subscribe(self, topic: str, callback: Callable[[object], None]) -> None:
        """Call ``callback`` with each message of ``topic``; it must be quick."""
        self._exchange.topics.subscribe(topic, callback)

    def depth(self, addresses: Sequence[str] = ()) -> dict[str, int]:
        """Return how many messages wait, by address; those being handled do not count."""
        return self._exchange.depth()

    def unconfirmed(self) -> int:
        """Return none: there is no broker to confirm anything."""
        return 0

    def round_trip_s(self, timeout_s: float) -> float:
        """Return how long the busiest workers take to take something new."""
        return self._exchange.round_trip_s(timeout_s)

    def dead_letters(self) -> list[DeadLetter]:
        """Return the latest dead letters, oldest first."""
        return list(self._exchange.letters)

    def close(self) -> None:
        """Stop taking messages, on every handle; running handlers may finish for a while."""
        self._exchange.close()


class _Exchange:
    """What the handles share: who consumes what, and the threads."""

    def __init__(
        self,
        on_dead_letter: OnDeadLetter | None,
        capacity: int,
        copy_messages: bool,
        tap: Tap | None,
    ) -> None:
        self.tap = tap
        self.letters: deque[DeadLetter] = deque(maxlen=LETTERS_KEPT)
        self._on_dead_letter = on_dead_letter
        self._capacity = capacity
        self._copies = copy_messages
        self._consumers: dict[str, tuple[Consumer, ...]] = {}
        self._turn = count()
        self.topics = Topics()
        self._pools: dict[str, Pool] = {}
        self._timer = Timer("bus-timer")
        self._changes = threading.Lock()  # for those who serve and subscribe; senders only read
        self._closed = False

    def add_consumer(
        self, address: str, handler: Handler, sender: str, pool_name: str, workers: int
    ) -> None:
        """Put a handler on a pool, and the pool on at least so many threads."""
        with self._changes:
            if self._closed:
                raise self.refusal(address)
            pool = self._pools.setdefault(pool_name, Pool(pool_name, self._capacity))
            pool.grow(workers)
            consumer = Consumer(address, handler, sender, pool, self)
            self._consumers[address] = (*self._consumers.get(address, ()), consumer)

    def post(self, address: str, job: Job) -> bool:
        """Queue a message with one of the address's consumers; False when there is no room."""
        consumer = self._pick(address)
        if consumer is None or self._closed:
            return False
        if self._copies:
            job.envelope = decode_envelope(encode_envelope(job.envelope))
        if self.tap is None:
            return consumer.take(job)
        return self._post_tapped(self.tap, address, job, consumer)

    def _post_tapped(self, tap: Tap, address: str, job: Job, consumer: Consumer) -> bool:
        """Queue a message as often, and as late, as the tap says."""
        fate = tap.at_send(address, job.envelope.message)
        if fate.delay_s:
            for _ in range(fate.copies):
                self.later(fate.delay_s, lambda: consumer.enqueue(job))
            return True
        return all(consumer.take(job) for _ in range(fate.copies))

    def _pick(self, address: str) -> Consumer | None:
        """Return the consumer whose turn it is."""
        consumers = self._consumers.get(address)
        if not consumers:
            return None
        return consumers[0] if len(consumers) == 1 else consumers[next(self._turn) % len(consumers)]

    def refusal(self, address: str) -> Unavailable:
        """Return why a message for ``address`` is not taken."""
        facts = {"address": address}
        if self._closed:
            return Unavailable("The daemon is stopping.", code="bus-closed", facts=facts)
        if address not in self._consumers:
            return Unavailable(f"Nobody serves {address}.", code="nobody-serves", facts=facts)
        return Unavailable(
            f"The queue of {address} is full.",
            code="queue-full",
            hint="Try again when the daemon has caught up.",
            facts=facts,
        )

    def reply(self, request: Envelope, answer: object, sender: str) -> None:
        """Cast an answer to where the request wants it, with or without room.

        There is never more to answer than was accepted before, so replies need no bound.
        """
        consumer = self._pick(request.reply_to or "")
        if consumer is None:
            log.info("answer-dropped", address=request.reply_to, request_id=request.request_id)
            return
        consumer.enqueue(Job(answer_to(request, self.copied(answer)), sender))

    def copied(self, message: object) -> object:
        """Return an answer as its receiver gets it."""
        if not self._copies or message is None:
            return message
        return decode_message(encode_message(message))

    def copied_error(self, error: VmctlError) -> VmctlError:
        """Return an error as the caller gets it."""
        if not self._copies:
            return error
        return error_from_dict(json.loads(json.dumps(error_to_dict(error))))

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        """Run a quick ``action`` after a while, unless the bus is closed by then."""
        self._timer.after(delay_s, action)

    def bury(self, letter: DeadLetter) -> None:
        """Tell of a dead letter, then keep it."""
        if self._on_dead_letter is not None:
            self._on_dead_letter(letter)
        self.letters.append(letter)

    def publish(self, topic: str, message: object) -> None:
        """Tell the subscribers of ``topic``."""
        copies = 1 if self.tap is None else self.tap.at_send(topic, message).copies
        for _ in range(copies):
            self.topics.publish(topic, self.copied(message))

    def depth(self) -> dict[str, int]:
        """Count what waits for a worker or for its next delivery."""
        return {
            address: sum(consumer.depth() for consumer in consumers)
            for address, consumers in list(self._consumers.items())
        }

    def round_trip_s(self, timeout_s: float) -> float:
        """Queue something with every pool and wait until the last one has taken it."""
        began_s = time.monotonic()
        for name, pool in list(self._pools.items()):
            taken = threading.Event()
            pool.put(taken.set)
            if not taken.wait(max(began_s + timeout_s - time.monotonic(), 0.0)):
                raise TimedOut(
                    f"The workers of {name} took nothing new within {timeout_s:g} s.",
                    code="workers-busy",
                    hint="See with vmctl doctor which queues are deep.",
                    facts={"pool": name},
                )
        return time.monotonic() - began_s

    def close(self) -> None:
        """End the threads.  Callers in the queues hear so at once: some may run on them."""
        self._timer.stop()
        with self._changes:
            pools, consumers = list(self._pools.values()), list(self._consumers.values())
            for pool in pools:
                pool.stop()
            self._closed = True  # seen by a sender only when nothing begins any more
        for consumer in (each for group in consumers for each in group):
            consumer.abandon()
        until_s = time.monotonic() + CLOSE_TIMEOUT_S
        if running := sum(pool.join(until_s) for pool in pools):
            log.warning("handlers-still-running", count=running, waited_s=CLOSE_TIMEOUT_S)
