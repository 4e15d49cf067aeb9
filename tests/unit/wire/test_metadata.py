"""What travels in trailing metadata."""

from datetime import timedelta

from tests.support.callers import a_build
from tests.support.clock import NOON
from vmctld.domain.identity import StepTiming, Validation
from vmctld.wire.carrier.call import LocalCall, LocalContext
from vmctld.wire.metadata import REQUEST_ID, VALIDATED, validated_entry, validated_timing


def an_answer(*trailing):
    context = LocalContext(None, None)
    context.set_trailing_metadata(trailing)
    return LocalCall(context)


def test_a_validation_comes_back_as_one_timing():
    asked = StepTiming(NOON, 1.25)
    answered = StepTiming(NOON + timedelta(milliseconds=1), 0.25)
    validation = Validation(a_build("instance-1"), asked, answered, from_cache=False)

    call = an_answer((REQUEST_ID, "req-1"), validated_entry(validation))

    assert validated_timing(call) == StepTiming(NOON, 1.5)


def test_an_answer_without_a_validation_has_no_timing():
    assert validated_timing(an_answer((REQUEST_ID, "req-1"))) is None


def test_a_text_under_the_key_is_no_timing():
    assert validated_timing(an_answer((VALIDATED, "soon"))) is None
