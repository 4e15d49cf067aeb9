"""What the tests of buses share: messages, a handler that keeps what it got, a way to wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from itertools import chain, repeat
from pathlib import Path

from vmctld.bus.base import Delivery, Envelope, MessageKind, Settle
from vmctld.bus.codec import message
from vmctld.domain.instance import Resources

DEADLINE_S = 20.0  # for what should take milliseconds: only a hang gets there


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


@message
@dataclass(frozen=True, slots=True)
class Ask:
    """A request."""

    number: int


@message
@dataclass(frozen=True, slots=True)
class Answer:
    """Its answer."""

    number: int


@message
@dataclass(frozen=True, slots=True)
class Everything:
    """One field of every type that can travel."""

    text: str
    number: int
    ratio: float
    yes: bool
    nothing: None
    blob: bytes
    at: datetime
    colour: Colour
    level: Level
    path: Path
    words: tuple[str, ...]
    pair: tuple[int, datetime]
    blobs: list[bytes]
    names: frozenset[str]
    sizes: Mapping[str, int]
    times: dict[str, datetime]
    inside: Resources
    insides: tuple[Resources, ...]
    maybe: str | None
    maybe_at: datetime | None
    facts: Mapping[str, object]
    later: str = "default"
    many: tuple[str, ...] = field(default=())


def everything(**changes: object) -> Everything:
    """Return a message with a value in every field."""
    values: dict[str, object] = {
        "text": "Ärger \u202e \x00 \U0001f600",
        "number": 2**70,
        "ratio": 0.1,
        "yes": True,
        "nothing": None,
        "blob": bytes(range(256)),
        "at": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        "colour": Colour.RED,
        "level": Level.HIGH,
        "path": Path("/var/lib/vmctl"),
        "words": ("a", ""),
        "pair": (1, datetime(2026, 1, 2, tzinfo=UTC)),
        "blobs": [b"", b"x"],
        "names": frozenset({"b", "a"}),
        "sizes": {"a": 1},
        "times": {"a": datetime(2026, 1, 2, tzinfo=UTC)},
        "inside": Resources(1, 2, 3),
        "insides": (Resources(1, 2, 3), Resources(4, 5, 6)),
        "maybe": None,
        "maybe_at": datetime(2026, 1, 2, tzinfo=UTC),
        "facts": {"free": 1, "hosts": ["a", None], "ratio": 1.5},
        **changes,
    }
    return Everything(**values)  # type: ignore[arg-type]


def an_envelope(
    message: object,
    *,
    kind: MessageKind = MessageKind.CAST,
    reply_to: str | None = None,
    request_id: str = "req-test",
) -> Envelope:
    """Return an envelope as the outbox's relay has it."""
    return Envelope(message, kind, request_id, datetime.now(UTC), reply_to)


class Gate:
    """What a handler does that is busy until it may go on."""

    def __init__(self) -> None:
        self._busy = threading.Event()
        self._open = threading.Event()

    def __call__(self, _: Delivery) -> None:
        """Be busy."""
        self._busy.set()
        self._open.wait(DEADLINE_S)

    def wait_busy(self) -> None:
        """Wait until somebody is held up here."""
        assert self._busy.wait(DEADLINE_S)

    def open(self) -> None:
        """Let everybody through from now on."""
        self._open.set()


class Recorder:
    """A handler that keeps its deliveries and does in turn what ``then`` says, the last for ever.

    An exception is raised, a callable called with the delivery, anything else returned.
    """

    def __init__(self, *then: object) -> None:
        self.deliveries: list[Delivery] = []
        self.threads: set[str] = set()
        self.settles: list[Settle] = []
        last = then[-1] if then else None
        self._then: Iterator[object] = chain(then, repeat(last))

    def __call__(self, delivery: Delivery, settle: Settle) -> object:
        """Be the handler."""
        self.threads.add(threading.current_thread().name)
        self.settles.append(settle)
        then = next(self._then)
        self.deliveries.append(delivery)
        if isinstance(then, BaseException) or (
            isinstance(then, type) and issubclass(then, BaseException)
        ):
            raise then
        return then(delivery) if callable(then) else then

    @property
    def messages(self) -> list[object]:
        """Return the messages in the order in which they came."""
        return [delivery.message for delivery in self.deliveries]

    def has(self, count: int) -> Callable[[], bool]:
        """Return a condition: so many deliveries came."""
        return lambda: len(self.deliveries) >= count
