"""Dead letters: listed, sent again once their cause is mended, or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from vmctld.bus.codec import decode_envelope
from vmctld.compute.outbox import Outbox
from vmctld.compute.revival import send_again
from vmctld.domain.clock import Clock
from vmctld.domain.names import looks_like_id, not_found
from vmctld.domain.operations import KeptLetter
from vmctld.domain.paging import Page
from vmctld.errors import NotFound, NotSupported
from vmctld.observe import context
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import dead_letters

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(days=30)  # whoever has not looked by then will not
MOST_KEPT = 10_000  # some 20 MB; whatever makes more of them makes the same ones


class Letters:
    """The dead letters of one installation."""

    def __init__(self, database: Database, outbox: Outbox, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock

    def page(self, page: Page) -> Sequence[KeptLetter]:
        """Return a page, oldest first.  Raises InvalidRequest for an unknown marker."""
        with self._database.read() as tx:
            return dead_letters.page(tx, page)

    def replay(self, letter_id: str) -> KeptLetter:
        """Send a letter's message again and forget the letter; return what it was.

        Both or neither, whatever crashes.  Raises NotFound, NotSupported for what was never a
        message of ours, WrongState (``dead-letter-overtaken``), InvalidRequest for a message
        of a version that this daemon does not know.
        """
        with self._outbox.transaction("dead-letter:replay") as posting:
            letter = _take(posting.tx, letter_id)
            if letter.body is None:
                raise NotSupported(
                    "what came was no message of ours, and cannot be sent again",
                    code="dead-letter-unreadable",
                    hint="see who else writes to the queue; then vmctl dead-letters-delete",
                    facts={"id": letter.id, "address": letter.address},
                )
            envelope = decode_envelope(letter.body)
            with context.bind(request_id=letter.request_id):
                send_again(posting, self._clock, letter.address, envelope)
        log.info("dead letter sent again", letter_id=letter.id, message=letter.message)
        return letter

    def forget(self, letter_id: str) -> None:
        """Forget a letter.  Raises NotFound."""
        with self._database.write() as tx:
            _take(tx, letter_id)

    def forget_old(self) -> int:
        """Forget what is too old, or more than anybody reads; return how many that were."""
        with self._database.write() as tx:
            return dead_letters.remove_old(tx, self._clock() - KEPT_FOR, MOST_KEPT)


def _take(tx: Tx, letter_id: str) -> KeptLetter:
    """Return a letter and forget it, with the transaction."""
    wanted = looks_like_id(letter_id)
    letter = dead_letters.get(tx, wanted) if wanted else None
    if letter is None or not dead_letters.remove(tx, letter.id):
        raise _not_found(letter_id)
    return letter


def _not_found(letter_id: str) -> NotFound:
    return not_found(
        letter_id, "dead letter", hint="vmctl dead-letters lists them; it may be replayed already"
    )
