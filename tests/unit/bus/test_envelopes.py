"""On whose behalf a message leaves."""

from __future__ import annotations

from tests.support.bus import Answer, Ask, an_envelope
from vmctld.bus.base import MessageKind
from vmctld.bus.envelopes import answer_to, new_envelope
from vmctld.observe.context import bind


def test_a_message_leaves_on_behalf_of_the_current_request() -> None:
    with bind(request_id="req-mine"):
        envelope = new_envelope(Ask(1), MessageKind.CALL)

    assert (envelope.message, envelope.kind) == (Ask(1), MessageKind.CALL)
    assert envelope.request_id == "req-mine"
    assert envelope.sent_at.tzinfo is not None


def test_outside_of_any_request_it_gets_an_id_of_its_own() -> None:
    ids = {new_envelope(Ask(1), MessageKind.CAST).request_id for _ in range(2)}

    assert len(ids) == 2
    assert all(each.startswith("req-") for each in ids)


def test_an_answer_belongs_to_the_request_it_answers() -> None:
    answer = answer_to(an_envelope(Ask(1), request_id="req-theirs"), Answer(1))

    assert (answer.message, answer.request_id) == (Answer(1), "req-theirs")
    assert answer.kind is MessageKind.CAST
    assert answer.reply_to is None
