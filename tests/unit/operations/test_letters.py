"""Dead letters: listed, sent again, forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.bus import an_envelope
from tests.support.living import INSTANCE
from tests.support.recording_bus import RecordingBus
from vmctld.bus.base import DeadLetter, Unreadable
from vmctld.bus.codec import decode_envelope
from vmctld.compute import messages as m
from vmctld.compute.conductor.dead_letters import kept_letter
from vmctld.compute.outbox import Outbox
from vmctld.domain.operations import KeptLetter
from vmctld.domain.paging import Page
from vmctld.errors import Internal, InvalidRequest, NotFound, NotSupported, WrongState
from vmctld.operations.installation import Installation
from vmctld.operations.letters import KEPT_FOR, Letters
from vmctld.storage.repositories import dead_letters, outbox


@pytest.fixture
def bus() -> RecordingBus:
    return RecordingBus()


@pytest.fixture
def letters(installation: Installation, bus: RecordingBus) -> Letters:
    sending = Outbox(installation.database, bus, installation.clock)
    return Letters(installation.database, sending, installation.clock)


def _dead(installation: Installation, message: object, **changes: object) -> KeptLetter:
    dead = DeadLetter("conductor", an_envelope(message, request_id="req-9"), Internal("it broke"))
    letter = replace(kept_letter(dead, installation.clock()), **changes)
    with installation.database.write() as tx:
        dead_letters.keep(tx, letter)
    return letter


def test_a_letter_is_sent_again_under_its_own_request_and_forgotten(
    installation: Installation, letters: Letters, bus: RecordingBus
) -> None:
    letter = _dead(installation, m.TerminateInstance(INSTANCE))

    assert letters.replay(letter.id.upper()) == letter

    assert bus.sent == [("conductor", m.TerminateInstance(INSTANCE))]
    assert letters.page(Page()) == []
    with installation.database.read() as tx:
        (row,) = outbox.oldest(tx, 9)
    assert decode_envelope(row.body).request_id == "req-9"


def test_a_letter_is_sent_again_once(
    installation: Installation, letters: Letters, bus: RecordingBus
) -> None:
    letter = _dead(installation, m.TerminateInstance(INSTANCE))
    letters.replay(letter.id)

    for unknown in (letter.id, "no-id"):
        with pytest.raises(NotFound) as refused:
            letters.replay(unknown)
        assert refused.value.code == "dead-letter-not-found"

    assert len(bus.sent) == 1


@pytest.mark.parametrize(
    ("message", "changes", "error", "code"),
    [
        (Unreadable(b"?"), {}, NotSupported, "dead-letter-unreadable"),
        (m.BuildInstance(INSTANCE, 1), {}, WrongState, "dead-letter-overtaken"),
        (m.TerminateInstance("i"), {"body": "{}"}, InvalidRequest, "unknown-message"),
    ],
)
def test_what_cannot_be_sent_again_stays(
    installation: Installation,
    letters: Letters,
    bus: RecordingBus,
    message: object,
    changes: dict[str, object],
    error: type[Exception],
    code: str,
) -> None:
    letter = _dead(installation, message, **changes)

    with pytest.raises(error) as refused:
        letters.replay(letter.id)

    assert refused.value.code == code  # type: ignore[attr-defined]
    assert letters.page(Page()) == [letter]
    assert bus.sent == []


def test_a_letter_is_forgotten_once(installation: Installation, letters: Letters) -> None:
    letter = _dead(installation, Unreadable(b"?"))

    letters.forget(letter.id)

    assert letters.page(Page()) == []
    with pytest.raises(NotFound):
        letters.forget(letter.id)


def test_letters_that_are_old_are_forgotten_by_themselves(
    installation: Installation, letters: Letters
) -> None:
    now = installation.clock()
    _dead(installation, m.TerminateInstance("old"), died_at=now - KEPT_FOR - timedelta(hours=1))
    young = _dead(installation, m.TerminateInstance("young"))

    assert letters.forget_old() == 1

    assert letters.page(Page()) == [young]
