"""Identity as other services ask it."""

from datetime import timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from tests.support.callers import a_caller
from tests.support.carriers import a_cloud
from tests.support.clock import NOON
from vmctl.v1 import identity_pb2 as pb
from vmctld.clients.identity import IdentityClient
from vmctld.errors import TimedOut, Unauthenticated, Unavailable
from vmctld.observe.context import bind, current
from vmctld.wire.convert.caller import caller_to_proto


@pytest.fixture
def asked():
    """The tokens that identity was asked about."""
    return []


@pytest.fixture
def cloud(tmp_path, asked):
    with a_cloud("local", tmp_path) as cloud:

        def validate(request, _context):
            asked.append(request.token)
            if request.token == "slow":
                raise TimedOut("took too long")
            if request.token != "good":
                raise Unauthenticated("no such token", code="token-unknown")
            return caller_to_proto(a_caller())

        cloud.does("ValidateToken", validate)
        yield cloud


@pytest.fixture
def client(cloud):
    return IdentityClient(cloud.channel, token=lambda: "service")


def test_a_good_token_has_a_caller_and_two_timings(client):
    validation = client.validate("good")

    assert validation.caller == a_caller()
    assert validation.from_cache is False
    assert validation.asked.duration_ms > 0
    assert validation.answered.started_at >= validation.asked.started_at
    assert validation.total.duration_ms >= validation.asked.duration_ms


def test_a_good_answer_is_not_asked_for_twice(client, asked):
    client.validate("good")
    again = client.validate("good")

    assert asked == ["good"]
    assert again.from_cache is True
    assert again.caller == a_caller()


def test_after_forgetting_identity_is_asked_anew(client, asked):
    client.validate("good")
    client.forget_all()
    client.validate("good")

    assert asked == ["good", "good"]


def test_a_bad_token_is_refused_each_time_anew(client, asked):
    for _ in range(2):
        with pytest.raises(Unauthenticated) as refused:
            client.validate("bad")
        assert refused.value.code == "token-unknown"

    assert asked == ["bad", "bad"]


def test_an_identity_that_does_not_answer_is_unavailable(client):
    with pytest.raises(Unavailable) as refused:
        client.validate("slow")

    assert refused.value.code == "identity-unavailable"


def test_the_token_in_question_is_not_used_to_ask(client, cloud):
    metadata = []

    def look(_request, context):
        metadata.extend(tuple(entry) for entry in context.invocation_metadata())
        return caller_to_proto(a_caller())

    cloud.does("ValidateToken", look)
    with bind(request_id="req-1"):
        client.validate("good")

    assert ("x-request-id", "req-1") in metadata


def test_a_build_token_comes_with_its_end(client, cloud):
    seen = []

    def issue(request, _context):
        seen.append((request, current().token))
        ends = Timestamp()
        ends.FromDatetime(NOON + timedelta(minutes=10))
        return pb.IssueBuildTokenResponse(token="fresh", expires_at=ends)

    cloud.does("IssueBuildToken", issue)

    token, ends_at = client.issue_build_token(
        instance_id="instance-1",
        attempt=2,
        user_id="alice",
        project_id="demo",
        calls={"/b", "/a"},
        lifetime_s=600,
    )

    assert (token, ends_at) == ("fresh", NOON + timedelta(minutes=10))
    request, by_token = seen[0]
    assert by_token == "service"
    assert list(request.calls) == ["/a", "/b"]
    assert (request.instance_id, request.attempt, request.lifetime_s) == ("instance-1", 2, 600)


def test_an_identity_that_is_not_there_is_unavailable(tmp_path):
    nobody = f"unix://{tmp_path}/nobody.sock"

    with grpc.insecure_channel(nobody) as channel, pytest.raises(Unavailable):
        IdentityClient(channel).validate("good")
