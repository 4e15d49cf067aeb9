"""What a token says, on the wire."""

from dataclasses import replace
from datetime import timedelta

from tests.support.callers import a_caller
from tests.support.clock import NOON
from tests.support.round_trip import assert_survives
from vmctld.domain.identity import Caller, Role, StepTiming, TokenKind
from vmctld.wire.convert.caller import caller_from_proto, caller_to_proto

EVERYTHING = Caller(
    token_id="t" * 64,
    kind=TokenKind.BUILD,
    user_id="user-1",
    user_name="ada",
    project_id="project-1",
    project_name="demo",
    roles=frozenset({Role.MEMBER, Role.READER}),
    issued_at=NOON,
    expires_at=NOON + timedelta(hours=1),
    instance_id="instance-1",
    attempt=2,
    calls=frozenset({"/vmctl.v1.ImageService/LocateImage", "/vmctl.v1.ImageService/GetImage"}),
    signed_in=(StepTiming(NOON, 1.5), StepTiming(NOON, 80.0)),
)


def test_a_caller_survives():
    assert_survives(EVERYTHING, caller_to_proto, caller_from_proto)


def test_a_person_has_no_instance_and_no_attempt():
    person = a_caller()

    back = caller_from_proto(caller_to_proto(person))

    assert back == person
    assert (back.instance_id, back.attempt, back.signed_in) == (None, None, None)


def test_half_a_sign_in_is_none():
    message = caller_to_proto(EVERYTHING)
    del message.signed_in[1]

    assert caller_from_proto(message) == replace(EVERYTHING, signed_in=None)
