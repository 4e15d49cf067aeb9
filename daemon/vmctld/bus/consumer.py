"""What happens to a message inside one process: taken, handled, and then acknowledged,
answered, delivered again, or put among the dead letters."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol

import structlog

from vmctld.bus.answers import as_ours
from vmctld.bus.base import (
    CallFailed,
    DeadLetter,
    Defer,
    Delivery,
    Envelope,
    Handler,
    MessageKind,
    Settle,
)
from vmctld.bus.pool import Pool
from vmctld.bus.rules import comes_again, is_worth_retrying, pause_s
from vmctld.bus.tap import Tap
from vmctld.errors import Internal, TimedOut, Unavailable, VmctlError
from vmctld.observe.context import bind

log = structlog.get_logger(__name__)


class Answerable(Protocol):
    """A caller who waits, here or in another process."""

    def give(self, answer: object) -> None:
        """Hand the answer over."""
        ...

    def fail(self, error: VmctlError) -> None:
        """Hand an error over, for the caller to raise."""
        ...


class Slot:
    """Where a caller waits.  The first answer counts; a second or a late one is dropped."""

    def __init__(self) -> None:
        self._answers: SimpleQueue[tuple[object, VmctlError | None]] = SimpleQueue()

    def give(self, answer: object) -> None:
        """Hand the answer over."""
        self._answers.put((answer, None))

    def fail(self, error: VmctlError) -> None:
        """Hand an error over, for the caller to raise."""
        self._answers.put((None, error))

    def wait(self, timeout_s: float, address: str) -> object:
        """Return the answer, or raise the error that came instead, or TimedOut."""
        try:
            answer, error = self._answers.get(timeout=timeout_s)
        except Empty:
            raise TimedOut(
                f"{address} did not answer within {timeout_s:g} s.",
                hint="The daemon may be busy; try again.",
                facts={"address": address},
            ) from None
        if error is not None:
            raise error
        return answer


class Job:
    """A message in this process, until it is acknowledged."""

    __slots__ = (
        "_on_settled",
        "attempt",
        "deadline_s",
        "envelope",
        "on_deferred",
        "sender",
        "settled",
        "slot",
        "withdrawn",
    )

    def __init__(
        self,
        envelope: Envelope,
        sender: str,
        *,
        on_settled: Settle | None = None,
        slot: Answerable | None = None,
        deadline_s: float | None = None,
    ) -> None:
        self.envelope = envelope
        self.sender = sender
        self.slot = slot
        self.deadline_s = deadline_s  # on the monotonic clock: when the caller goes away
        self.attempt = 1
        self.settled = False
        self.withdrawn = False  # its broker delivers it again: not begun, it is not to be
        self.on_deferred: Callable[[], None] | None = None
        self._on_settled = on_settled

    def settle(self) -> None:
        """Acknowledge: the message needs no keeping any more."""
        if not self.settled:
            self.settled = True
            if self._on_settled is not None:
                self._on_settled()

    def left_s(self) -> float | None:
        """Return how long its caller still waits; None: nobody does, or for ever."""
        return None if self.deadline_s is None else self.deadline_s - time.monotonic()


class Surroundings(Protocol):
    """What a consumer needs of its bus."""

    tap: Tap | None

    def copied(self, message: object) -> object:
        """Return an answer as the caller gets it."""
        ...

    def copied_error(self, error: VmctlError) -> VmctlError:
        """Return an error as the caller gets it."""
        ...

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        """Run a quick ``action`` after a while."""
        ...

    def reply(self, request: Envelope, answer: object, sender: str) -> None:
        """Cast ``answer`` to the request's reply address, if somebody serves it."""
        ...

    def bury(self, letter: DeadLetter) -> None:
        """Keep a dead letter and tell of it."""
        ...


class Consumer:
    """One handler of one address, working on a pool's threads."""

    def __init__(
        self, address: str, handler: Handler, sender: str, pool: Pool, bus: Surroundings
    ) -> None:
        self.waiting: deque[Job] = deque()
        self.paused: set[Job] = set()  # between two deliveries
        self._address = address
        self._handler = handler
        self._sender = sender
        self._pool = pool
        self._bus = bus
        self._next_task = self._work_one  # bound once: it is queued for every message

    def depth(self) -> int:
        """Return how many messages wait for a worker or for their next delivery."""
        return len(self.waiting) + len(self.paused)

    def take(self, job: Job) -> bool:
        """Queue a message; False when there is no room."""
        if not self._pool.has_room():
            return False
        self.enqueue(job)
        return True

    def enqueue(self, job: Job) -> None:
        """Append the job, then a token to the pool's queue: so each address knows its depth."""
        self.waiting.append(job)
        self._pool.put(self._next_task)

    def _work_one(self) -> None:
        job = self.waiting.popleft()
        if self._bus.tap is None:
            self._handle(job)
            return
        fate = self._bus.tap.at_delivery(self._address, job.envelope.message)
        for _ in range(fate.copies):
            if fate.delay_s:
                self._bus.later(fate.delay_s, lambda: self._pool.put(partial(self._handle, job)))
            else:
                self._handle(job)

    def _handle(self, job: Job) -> None:
        """Run the handler on behalf of the sender's request."""
        if job.withdrawn:
            return
        left_s = job.left_s()
        if left_s is not None and left_s <= 0:
            job.settle()  # its caller has gone: an answer would be dropped
            return
        envelope = job.envelope
        delivery = Delivery(
            envelope.message,
            job.sender,
            envelope.request_id,
            envelope.sent_at,
            datetime.now(UTC),
            job.attempt,
        )
        try:
            with bind(request_id=envelope.request_id, timeout_s=left_s):
                answer = self._handler(delivery, job.settle)
                self._answer(job, answer)
        except Defer:
            self._deferred(job)
        except Exception as error:
            self._failed(job, error)

    def _deferred(self, job: Job) -> None:
        """Leave a message to its handler; a caller cannot wait that long."""
        if job.slot is not None:
            job.slot.fail(Internal(f"{self._address} put a call off, which cannot be done."))
            job.settle()
        elif job.on_deferred is not None and not job.settled:
            job.on_deferred()

    def _answer(self, job: Job, answer: object) -> None:
        """Hand the answer to whoever wants one, then acknowledge."""
        if job.slot is not None:
            job.slot.give(self._bus.copied(answer))
        elif job.envelope.reply_to is not None and answer is not None:
            self._bus.reply(job.envelope, answer, self._sender)
        job.settle()

    def _failed(self, job: Job, cause: Exception) -> None:
        """Decide what becomes of a message whose handler raised."""
        error = as_ours(cause)
        self._tell(job, error, cause)
        if job.slot is not None:
            job.slot.fail(self._bus.copied_error(error))
            job.settle()
        elif job.settled:
            return  # it was acknowledged before: nothing is left to decide
        elif comes_again(error, job.attempt):
            self._deliver_again(job)
        elif _wants_errors(job.envelope) and not is_worth_retrying(error):
            self._answer(job, CallFailed(job.envelope.message, error))
        else:
            self._bury(job, error)

    def _bury(self, job: Job, error: VmctlError) -> None:
        """Make it a dead letter; if that cannot be told now, the message comes once more."""
        try:
            self._bus.bury(DeadLetter(self._address, job.envelope, error))
        except Exception:
            log.exception("dead-letter-not-told", address=self._address)
            self._deliver_again(job)
        else:
            job.settle()

    def _deliver_again(self, job: Job) -> None:
        delay_s = pause_s(job.attempt)
        job.attempt += 1
        self.paused.add(job)
        self._bus.later(delay_s, lambda: self._resume(job))

    def _resume(self, job: Job) -> None:
        """Queue a message again, with or without room: it was accepted once."""
        self.paused.discard(job)
        self.enqueue(job)

    def _tell(self, job: Job, error: VmctlError, cause: Exception) -> None:
        """Log a failure; with its traceback when it is none that callers may see."""
        log.warning(
            "message-failed",
            address=self._address,
            message=type(job.envelope.message).__name__,
            request_id=job.envelope.request_id,
            attempt=job.attempt,
            code=error.code,
            exc_info=None if cause is error else cause,
        )

    def abandon(self) -> None:
        """Tell the callers in the queue that nobody will answer them."""
        while self.waiting:
            job = self.waiting.popleft()
            if job.slot is not None:
                job.slot.fail(Unavailable("The daemon is stopping.", code="bus-closed"))


def _wants_errors(envelope: Envelope) -> bool:
    return envelope.kind is MessageKind.CALL and envelope.reply_to is not None
