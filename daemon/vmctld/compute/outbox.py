"""Messages that leave only if the transaction that decided on them commits, and then surely.

The row is written with its cause.  After the commit the message is handed to the bus at
once; its row is forgotten, in batches, when the bus says that it is settled.  A sweep sends
what a crash, a full queue or an absent consumer left behind: a lost message costs delay.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from vmctld.bus.base import Bus, Envelope, MessageKind
from vmctld.bus.codec import decode_envelope, encode_envelope
from vmctld.domain.clock import Clock
from vmctld.errors import InvalidRequest, VmctlError
from vmctld.observe import context, failpoints
from vmctld.observe.failpoints import Phase
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import outbox

log = structlog.get_logger(__name__)
T = TypeVar("T")

SETTLE_PAUSE_S = 0.05  # lets settled rows gather: one DELETE for many
SWEEP_S = 5.0
SWEEP_BATCH = 500
SEND_AGAIN_S = 20.0  # unsettled for so long: lost, or its consumer is slow and will not mind
ADOPT_AFTER_S = 10.0  # a peer that lives has its message confirmed by then, or keeps it


@dataclass(slots=True)
class OutboxTx:
    """A writing transaction that can also decide on messages."""

    tx: Tx
    _outbox: Outbox
    _posted: list[tuple[int, str, Envelope]] = field(default_factory=list)
    _before_sending: list[Callable[[], None]] = field(default_factory=list)

    def post(self, address: str, message: object, *, answer_to: str | None = None) -> None:
        """Decide on a message: a call when somebody (``answer_to``) wants its answer."""
        now = self._outbox.clock()
        kind = MessageKind.CALL if answer_to else MessageKind.CAST
        envelope = Envelope(message, kind, context.current().request_id, now, answer_to)
        row = outbox.add(self.tx, address, kind.value, encode_envelope(envelope), now)
        self._posted.append((row.id, address, envelope))

    def forward(self, address: str, envelope: Envelope) -> None:
        """Decide on a message that was on its way before; its request stays what it was."""
        now, body = self._outbox.clock(), encode_envelope(envelope)
        row = outbox.add(self.tx, address, envelope.kind.value, body, now)
        self._posted.append((row.id, address, envelope))

    def before_sending(self, work: Callable[[], None]) -> None:
        """Have ``work`` done once the transaction has committed and before anybody hears of it.

        A crash may skip it.
        """
        self._before_sending.append(work)


class Outbox:
    """Posts messages with their cause and sees them settled.

    With ``peers`` other processes send from the same table, over a broker: a message is
    settled when the broker has it, and the bus repeats it until then.  What another process
    decided on is then sent from here only when it has lain for a while, and a while in which
    the broker could be reached (``can_send``): else every process would repeat the messages of
    all others after each of the broker's absences.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        elapsed: Callable[[], float] = time.monotonic,
        *,
        peers: bool = False,
        can_send: Callable[[], bool] = lambda: True,
    ) -> None:
        self.clock = clock
        self._peers = peers
        self._can_send = can_send
        self._waiting_since: dict[int, float] = {}  # rows of peers: when they were first seen
        self._elapsed = elapsed
        self._database = database
        self._bus = bus
        self._guard = threading.Lock()
        self._in_flight: dict[int, float] = {}  # row id: when it was sent
        self._settled: list[int] = []
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._relay, name="outbox", daemon=True)

    @contextmanager
    def transaction(self, point: str) -> Iterator[OutboxTx]:
        """Give a transaction; what is posted in it is sent when it has committed.

        ``point`` names the failpoint of its phases.
        """
        with self._database.write() as tx:
            posting = OutboxTx(tx, self)
            yield posting
            failpoints.hit(point, Phase.AFTER_EFFECT)
        self._send_all(point, posting)

    def run(self, point: str, work: Callable[[OutboxTx], T]) -> T:
        """Return ``work(posting)``, done in such a transaction; again when only luck was missing.

        For what a user asked for, who would have to ask again.  A message's handler takes
        ``transaction``: what fails there is delivered again.
        """

        def decide(tx: Tx) -> tuple[T, OutboxTx]:
            posting = OutboxTx(tx, self)
            result = work(posting)
            failpoints.hit(point, Phase.AFTER_EFFECT)
            return result, posting

        result, posting = self._database.run(decide)
        self._send_all(point, posting)
        return result

    def _send_all(self, point: str, posting: OutboxTx) -> None:
        failpoints.hit(point, Phase.AFTER_RECORD)
        for work in posting._before_sending:
            work()
        for row_id, address, envelope in posting._posted:
            self._send(row_id, address, envelope)
        failpoints.hit(point, Phase.AFTER_SEND)

    def start(self) -> None:
        """Send what earlier daemons left, and go on forgetting what is settled."""
        self._thread.start()

    def stop(self) -> None:
        """Forget what is settled so far and end."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _send(self, row_id: int, address: str, envelope: Envelope) -> None:
        with self._guard:
            self._in_flight[row_id] = self._elapsed()
        if not self._bus.send(address, envelope, lambda: self._on_settled(row_id)):
            with self._guard:
                self._in_flight.pop(row_id, None)  # no room now: the sweep sends it

    def _on_settled(self, row_id: int) -> None:
        with self._guard:
            self._settled.append(row_id)
            is_first = len(self._settled) == 1
        if is_first:
            self._wake.set()

    def _relay(self) -> None:
        next_sweep_s = self._elapsed()
        while not self._stopping.is_set():
            try:
                if self._elapsed() >= next_sweep_s:
                    next_sweep_s = self._elapsed() + SWEEP_S
                    self.sweep()
                self.forget_settled()
            except Exception:  # whatever it was, messages must go on leaving
                log.exception("a round of the outbox failed")
            if self._wake.wait(timeout=max(next_sweep_s - self._elapsed(), 0.0)):
                self._wake.clear()
                self._stopping.wait(SETTLE_PAUSE_S)
        self.forget_settled()

    def forget_settled(self) -> None:
        """Delete the rows of messages that need no keeping any more."""
        with self._guard:
            ids, self._settled = self._settled, []
        if not ids:
            return
        try:
            with self._database.write() as tx:
                outbox.settle(tx, ids)
        except VmctlError:
            with self._guard:
                self._settled.extend(ids)
            raise
        with self._guard:
            for row_id in ids:
                self._in_flight.pop(row_id, None)

    def sweep(self) -> None:
        """Send rows that were never sent from here, or that have stayed unsettled for long.

        Whoever gets a message twice does nothing the second time.
        """
        if not self._can_send():
            self._waiting_since.clear()
            return
        with self._database.read() as tx:
            rows = outbox.oldest(tx, SWEEP_BATCH + len(self._in_flight))
        for row in self._due(rows):
            try:
                envelope = decode_envelope(row.body)
            except InvalidRequest:
                log.exception("an outbox row cannot be read; it stays", outbox_id=row.id)
                continue
            self._send(row.id, row.address, envelope)

    def _due(self, rows: Sequence[outbox.Outgoing]) -> list[outbox.Outgoing]:
        """Return the rows that are to be sent now."""
        now = self._elapsed()
        too_old = float("-inf") if self._peers else now - SEND_AGAIN_S  # the bus repeats its own
        with self._guard:
            settled = set(self._settled)
            fresh = {row_id for row_id, sent in self._in_flight.items() if sent > too_old}
        others = [row for row in rows if row.id not in fresh and row.id not in settled]
        if not self._peers:
            return others
        known = self._waiting_since
        self._waiting_since = {row.id: known.get(row.id, now) for row in others}
        return [row for row in others if now - self._waiting_since[row.id] >= ADOPT_AFTER_S]
