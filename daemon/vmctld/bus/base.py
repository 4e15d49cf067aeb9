"""What every bus can do: the protocol that the compute parts speak with each other.

Messages are frozen dataclasses, registered with the codec.  An address is a queue's name:
``scheduler``, ``conductor``, ``compute-api``, ``agent.<host>``.  Several consumers of one
address share its messages.  ``tests/contract/test_buses.py`` runs one suite over all buses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from vmctld.errors import VmctlError


class MessageKind(StrEnum):
    """Whether somebody waits for an answer."""

    CALL = "call"
    CAST = "cast"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message on its way, as the outbox keeps it and as a broker carries it.

    ``reply_to`` is the address that a handler's answer is cast to; None when nobody wants
    one or when the bus itself hands the answer to a waiting ``call``.
    """

    message: object
    kind: MessageKind
    request_id: str
    sent_at: datetime
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as its handler gets it.

    ``sender`` comes from the transport (the handle or the broker user that sent it), never
    from the message: the conductor trusts it to know which host is asking.
    """

    message: object
    sender: str
    request_id: str
    sent_at: datetime
    taken_at: datetime
    attempt: int  # 1 for the first delivery


@dataclass(frozen=True, slots=True)
class CallFailed:
    """What ``reply_to`` gets when a call that went by ``send`` failed: the request, and why."""

    request: object
    error: VmctlError


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a message that is none of ours, in the envelope of its dead letter."""

    body: bytes = field(repr=False)  # the beginning of what came


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that nobody will try again, and why."""

    address: str
    envelope: Envelope
    error: VmctlError
    sender: str = ""  # who put it there, by the transport; "": this daemon itself


OnDeadLetter = Callable[[DeadLetter], None]
"""Told of each dead letter.  When it raises, the letter stays unacknowledged and comes again."""


class Defer(Exception):
    """Raised by a handler that has kept ``Settle`` and acknowledges later by calling it."""


Settle = Callable[[], None]
"""Acknowledges.  Calling it twice is harmless."""

Handler = Callable[[Delivery, Settle], object]
"""Does the work of one message and returns the answer (None for a cast).

Returning acknowledges.  Raising decides by the error's class (``rules.is_worth_retrying``):
a retryable ``VmctlError``, an ``Internal`` and whatever is not ours is delivered again, five
times at most, with growing pauses; then it is a dead letter.  Any other ``VmctlError`` is
one at once: trying again changes nothing.
For a ``call`` an error is the answer, whatever its class: the caller decides.  For a call
that went by ``send``, what is not worth a retry goes to ``reply_to`` as a ``CallFailed``.
Raising ``Defer`` means: not yet, the ``Settle`` that was handed over acknowledges later.
"""


class Bus(Protocol):
    """One party's handle: whatever it sends carries its name as the sender."""

    def serve(self, address: str, handler: Handler, *, pool: str, workers: int) -> None:
        """Have ``handler`` take the messages of ``address``, as soon as they come.

        While it runs, the sender's request id is the current one and, for a ``call``, the
        caller's deadline holds.  Addresses with the same ``pool`` share its ``workers``
        threads: a thousand fake hosts do not need a thousand threads.
        """
        ...

    def call(self, address: str, message: object, *, timeout_s: float) -> object:
        """Return the answer to ``message``.

        Raises what the handler raised (as the same class and code), TimedOut, or
        Unavailable when nobody serves the address.
        """
        ...

    def send(self, address: str, envelope: Envelope, on_settled: Settle) -> bool:
        """Hand a message over; ``on_settled`` tells when it needs no keeping any more.

        In one process that is when its consumer acknowledged it (or it is a dead letter),
        with a broker when the broker confirmed it; a bus with a broker repeats what it has
        taken, over lost connections too, until then.  ``on_settled`` is called on a thread
        of the bus and must be quick.  False: no room now, try later.
        """
        ...

    def cast(self, address: str, message: object) -> None:
        """Send ``message`` and forget it: only for what is sent again anyway (heartbeats)."""
        ...

    def fanout(self, topic: str, message: object) -> None:
        """Tell every subscriber of ``topic``, in every process; lost ones are not repeated."""
        ...

    def subscribe(self, topic: str, callback: Callable[[object], None]) -> None:
        """Call ``callback`` with each message of ``topic``; it must be quick."""
        ...

    def named(self, sender: str) -> Bus:
        """Return a handle of the same bus that sends as ``sender``."""
        ...

    def depth(self, addresses: Sequence[str] = ()) -> dict[str, int]:
        """Return how many messages wait, by address: those served here, and ``addresses``."""
        ...

    def unconfirmed(self) -> int:
        """Return how many messages were handed to the broker and are not confirmed."""
        ...

    def round_trip_s(self, timeout_s: float) -> float:
        """Return how long something takes to come back to this process through the bus.

        Raises TimedOut, and Unavailable while the bus does not work.
        """
        ...

    def close(self) -> None:
        """Stop taking messages, on every handle; unacknowledged ones stay for the next start.

        Handlers that run may finish for a while; callers that wait get Unavailable.
        """
        ...
