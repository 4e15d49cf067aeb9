"""Who is calling, as a servicer asks it."""

import contextvars

import pytest

from tests.support.callers import a_build, a_caller, a_service
from tests.support.clock import NOON
from vmctld.domain.identity import StepTiming, Validation
from vmctld.errors import Forbidden, Unauthenticated
from vmctld.observe.context import RequestContext, enter
from vmctld.rpc.caller import caller_of, require_instance, validation_of
from vmctld.wire.carrier.call import LocalContext

CONTEXT = LocalContext(None, None)


def test_the_caller_is_the_one_whose_token_was_validated():
    timing = StepTiming(NOON, 1.0)
    validation = Validation(a_caller(), timing, timing, from_cache=True)
    call = contextvars.Context()
    call.run(enter, RequestContext("req-1", None, "token", validation))

    assert call.run(validation_of, CONTEXT) is validation
    assert call.run(caller_of, CONTEXT) == a_caller()


def test_a_public_call_has_no_caller():
    with pytest.raises(Unauthenticated, match="no caller"):
        caller_of(CONTEXT)


def test_a_build_token_is_good_for_its_own_instance_only():
    require_instance(a_build("instance-1"), "instance-1")

    with pytest.raises(Forbidden) as refused:
        require_instance(a_build("instance-1"), "instance-2")

    assert refused.value.code == "wrong-instance"
    assert refused.value.facts == {
        "instance_id": "instance-2",
        "token_instance_id": "instance-1",
    }


@pytest.mark.parametrize("caller", [a_caller(), a_service()])
def test_other_tokens_are_not_bound_to_an_instance(caller):
    require_instance(caller, "instance-2")
