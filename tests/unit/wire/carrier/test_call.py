"""One call inside the process, from both its ends."""

import grpc
import pytest
from google.rpc import status_pb2
from grpc_status import rpc_status

from vmctld.wire.carrier.call import Aborted, LocalCall, LocalContext, LocalRpcError


def test_a_call_is_active_until_it_ends():
    context = LocalContext(None, None)
    call = LocalCall(context)

    active_before = call.is_active()
    context.end()

    assert active_before
    assert not call.is_active()
    assert not context.is_active()


def test_what_ends_a_call_first_gives_its_status():
    context = LocalContext(None, None)
    context.end(grpc.StatusCode.CANCELLED, "by its caller")

    context.end(grpc.StatusCode.UNKNOWN, "too late")
    context.set_code(grpc.StatusCode.NOT_FOUND)
    context.set_details("too late")

    assert LocalCall(context).code() is grpc.StatusCode.CANCELLED
    assert LocalCall(context).details() == "by its caller"


def test_a_call_that_ends_calls_back_once():
    context, called = LocalContext(None, None), []

    assert LocalCall(context).add_callback(lambda: called.append(1))
    context.end()
    context.end()

    assert called == [1]
    assert not context.add_callback(lambda: called.append(2))


def test_either_end_can_cancel():
    for cancel in (lambda context: context.cancel(), lambda context: LocalCall(context).cancel()):
        context = LocalContext(None, None)

        assert cancel(context)

        assert LocalCall(context).code() is grpc.StatusCode.CANCELLED


def test_a_call_without_a_deadline_has_for_ever():
    assert LocalCall(LocalContext(None, None)).time_remaining() == float("inf")


def test_a_call_past_its_deadline_is_over():
    context = LocalContext(None, timeout_s=0)

    context.end_if_expired()

    assert context.time_remaining() == 0
    assert LocalCall(context).code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_an_abort_with_ok_is_a_mistake_as_it_is_for_grpc():
    context = LocalContext(None, None)

    with pytest.raises(Aborted):
        context.abort(grpc.StatusCode.OK, "all is well")

    assert context.status is grpc.StatusCode.UNKNOWN
    assert context.status_details == ""


def test_an_abort_can_carry_a_whole_status():
    context = LocalContext(None, None)
    status = rpc_status.to_status(status_pb2.Status(code=5, message="gone"))

    with pytest.raises(Aborted):
        context.abort_with_status(status)

    assert context.status is grpc.StatusCode.NOT_FOUND
    assert [entry.key for entry in context.trailing_metadata()] == ["grpc-status-details-bin"]


def test_nobody_is_known_by_a_certificate_inside_the_process():
    context = LocalContext(None, None)

    assert context.peer() == "local:"
    assert context.peer_identities() is None
    assert context.peer_identity_key() is None
    assert context.auth_context() == {}


def test_an_error_says_its_status_and_details():
    context = LocalContext(None, None)
    context.end(grpc.StatusCode.NOT_FOUND, "gone")

    assert str(LocalRpcError(context)) == "NOT_FOUND: gone"
    assert LocalRpcError(context).initial_metadata() == ()
