"""The bus of a simulated world: loses, doubles, delays and reorders, and never waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vmctld.bus.answers import as_ours, error_from_dict, error_to_dict
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
from vmctld.bus.codec import decode_message, encode_message
from vmctld.bus.rules import MAX_DELIVERIES, is_worth_retrying
from vmctld.errors import TimedOut, Unavailable, VmctlError
from vmctld.observe import context

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(eq=False)
class Letter:
    """A message on its way."""

    address: str
    envelope: Envelope
    sender: str
    on_settled: Settle | None = None
    attempt: int = 1
    settled: bool = field(default=False)

    def settle(self) -> None:
        """Acknowledge."""
        if not self.settled and self.on_settled is not None:
            self.on_settled()
        self.settled = True


class Post:
    """What all handles share: who takes what, and what is on its way.  Dies with its daemon."""

    def __init__(self, world: World, on_dead_letter: Callable[[DeadLetter], None]) -> None:
        self.world = world
        self.consumers: dict[str, list[Handler]] = {}
        self.subscribers: dict[str, list[Callable[[object], None]]] = {}
        self.letters: list[Letter] = []
        self.on_dead_letter = on_dead_letter

    def deliver(self, letter: Letter) -> None:
        """Have one of the address's consumers handle the letter, and decide what becomes of it."""
        handler = self.world.chance.one_of(self.consumers[letter.address])
        envelope = letter.envelope
        try:
            with context.bind(request_id=envelope.request_id):
                answer = handler(self._delivery(letter), letter.settle)
        except Defer:
            return
        except Exception as error:
            self._failed(letter, as_ours(error))
            return
        self._reply(letter, answer)
        letter.settle()

    def ask(self, letter: Letter) -> object:
        """Return what a consumer answers; raise what it raises."""
        handler = self.world.chance.one_of(self.consumers[letter.address])
        try:
            return self._copy(handler(self._delivery(letter), letter.settle))
        except VmctlError as error:
            raise error_from_dict(error_to_dict(error)) from error
        except Exception as error:
            raise as_ours(error) from error

    def _failed(self, letter: Letter, error: VmctlError) -> None:
        if letter.settled:
            return
        if is_worth_retrying(error) and letter.attempt < MAX_DELIVERIES:
            letter.attempt += 1
            self.letters.append(letter)
            return
        if letter.envelope.reply_to and not is_worth_retrying(error):
            self._reply(letter, CallFailed(letter.envelope.message, error))
            letter.settle()
            return
        self.on_dead_letter(DeadLetter(letter.address, letter.envelope, error))
        letter.settle()

    def _reply(self, letter: Letter, answer: object) -> None:
        request = letter.envelope
        if request.reply_to is not None and answer is not None:
            reply = Envelope(answer, MessageKind.CAST, request.request_id, self.world.now())
            self.letters.append(Letter(request.reply_to, reply, letter.address))

    def _delivery(self, letter: Letter) -> Delivery:
        envelope = letter.envelope
        return Delivery(
            message=self._copy(envelope.message),
            sender=letter.sender,
            request_id=envelope.request_id,
            sent_at=envelope.sent_at,
            taken_at=self.world.now(),
            attempt=letter.attempt,
        )

    def _copy(self, message: object) -> object:
        return None if message is None else decode_message(encode_message(message))


class SimulatedBus:
    """One party's handle.  Fills ``bus.Bus``."""

    def __init__(self, world: World, sender: str) -> None:
        self._world = world
        self._sender = sender

    def named(self, sender: str) -> SimulatedBus:
        """Return a handle that sends as ``sender``."""
        return SimulatedBus(self._world, sender)

    def serve(self, address: str, handler: Handler, *, pool: str, workers: int) -> None:
        """Have ``handler`` take messages; it shares them with others of the address."""
        self._post.consumers.setdefault(address, []).append(handler)

    def call(self, address: str, message: object, *, timeout_s: float) -> object:
        """Return the answer, unless it or the question is lost."""
        world, odds = self._world, self._world.chance.odds
        world.strike(f"call:{type(message).__name__}")
        if address not in self._post.consumers:
            raise Unavailable(f"nobody serves {address}")
        letter = Letter(address, self._envelope(message, MessageKind.CALL), self._sender)
        if world.chance.happens(odds.lose):
            world.sleep(timeout_s)
            raise TimedOut(f"{address} did not answer: the question was lost")
        if world.chance.happens(odds.double):
            self._post.ask(letter)
        answer = self._post.ask(letter)
        world.strike(f"answer:{type(message).__name__}")
        if world.chance.happens(odds.lose):
            world.sleep(timeout_s)
            raise TimedOut(f"{address} did not answer: its answer was lost")
        return answer

    def send(self, address: str, envelope: Envelope, on_settled: Settle) -> bool:
        """Put a message on its way; False when nobody would take it."""
        self._world.check_alive()
        if address not in self._post.consumers:
            return False
        self._put(Letter(address, envelope, self._sender, on_settled))
        return True

    def cast(self, address: str, message: object) -> None:
        """Put a message on its way."""
        self._world.check_alive()
        if address in self._post.consumers:
            envelope = self._envelope(message, MessageKind.CAST)
            self._put(Letter(address, envelope, self._sender))

    def fanout(self, topic: str, message: object) -> None:
        """Tell those who listen, unless it is lost."""
        self._world.check_alive()
        for subscriber in self._post.subscribers.get(topic, ()):
            if not self._world.chance.happens(self._world.chance.odds.lose):
                subscriber(message)

    def subscribe(self, topic: str, callback: Callable[[object], None]) -> None:
        """Listen."""
        self._post.subscribers.setdefault(topic, []).append(callback)

    def depth(self) -> dict[str, int]:
        """Return nothing: nobody in this world asks."""
        return {}

    def close(self) -> None:
        """Do nothing: a simulated daemon never ends in an orderly way."""

    @property
    def _post(self) -> Post:
        return self._world.post

    def _put(self, letter: Letter) -> None:
        odds = self._world.chance.odds
        if self._world.chance.happens(odds.lose):
            return
        self._post.letters.append(letter)
        if self._world.chance.happens(odds.double):
            self._post.letters.append(letter)

    def _envelope(self, message: object, kind: MessageKind) -> Envelope:
        return Envelope(message, kind, context.current().request_id or "req-0", self._world.now())
