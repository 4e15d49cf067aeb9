"""The request being served, found without a parameter."""

import contextvars
import time

import pytest

from vmctld.errors import TimedOut
from vmctld.observe import context as request_context
from vmctld.observe.context import RequestContext, bind, check_deadline, current, enter


def test_outside_of_a_request_there_is_no_id_and_no_deadline():
    assert current() == RequestContext("", None, None, None)
    assert request_context.remaining_s() is None


def test_a_block_works_on_behalf_of_a_request_and_ends_with_it():
    with bind(request_id="req-1", token="secret") as bound:
        inside = current()

    assert inside is bound
    assert (inside.request_id, inside.token) == ("req-1", "secret")
    assert current().request_id == ""


def test_what_an_inner_block_does_not_give_stays_as_it_was():
    with bind(request_id="req-1", timeout_s=60), bind(token="secret"):
        inside = current()

    assert inside.request_id == "req-1"
    assert inside.deadline_s is not None


def test_an_inner_timeout_cannot_push_the_deadline_away():
    with bind(timeout_s=10) as outer, bind(timeout_s=60) as inner:
        assert inner.deadline_s == pytest.approx(outer.deadline_s, abs=1)


def test_an_inner_timeout_can_bring_the_deadline_nearer():
    with bind(timeout_s=60) as outer, bind(timeout_s=1) as inner:
        assert inner.deadline_s < outer.deadline_s - 50


def test_a_block_that_fails_leaves_nothing_behind():
    with pytest.raises(ValueError, match="oops"), bind(request_id="req-1"):
        raise ValueError("oops")

    assert current().request_id == ""


def test_entering_lasts_until_the_contextvars_context_ends():
    served = contextvars.Context()

    served.run(enter, RequestContext("req-1"))

    assert served.run(current).request_id == "req-1"
    assert current().request_id == ""


def test_a_wait_is_cut_to_what_is_left():
    with bind(timeout_s=5):
        assert request_context.shorter_s(60) <= 5
        assert request_context.shorter_s(1) == 1
    assert request_context.shorter_s(60) == 60


def test_time_that_is_up_is_said_with_what_was_going_on():
    with bind(timeout_s=0), pytest.raises(TimedOut, match="while an image was copied") as late:
        check_deadline("an image was copied")

    assert late.value.facts == {"doing": "an image was copied"}


def test_time_that_is_left_is_no_error():
    with bind(timeout_s=60):
        check_deadline("an image was copied")
        assert request_context.remaining_s() > 0


def test_no_time_is_left_after_the_deadline_and_never_less_than_none():
    context = contextvars.Context()
    context.run(enter, RequestContext("req-1", time.monotonic() - 5))

    assert context.run(request_context.remaining_s) == 0.0


def test_request_ids_differ():
    first, second = request_context.new_request_id(), request_context.new_request_id()

    assert first != second
    assert first.startswith("req-")
    assert len(first) == len("req-") + 36


def test_a_token_is_not_shown_with_its_context():
    assert "vmt_secret" not in repr(RequestContext("req-1", None, "vmt_secret"))
