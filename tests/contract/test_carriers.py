"""Calls inside the process and over a socket cannot be told apart: one suite for both."""

import contextvars
import threading

import grpc
import pytest

from tests.support.carriers import REQUEST, a_cloud, by
from tests.support.clock import NOON
from vmctl.v1 import agent_pb2, identity_pb2, image_pb2
from vmctl.v1 import keypair_pb2 as pb
from vmctld import errors
from vmctld.domain.identity import StepTiming
from vmctld.errors import (
    Exhausted,
    Forbidden,
    Internal,
    NotFound,
    NotSupported,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from vmctld.observe.context import check_deadline, current, remaining_s
from vmctld.rpc.caller import caller_of, validation_of
from vmctld.wire.metadata import REQUEST_ID, validated_timing
from vmctld.wire.status import error_from_rpc

GRACE_S = 10.0  # how long a test waits for what should have happened long ago
MEMBER = {"metadata": by("member"), "timeout": GRACE_S}


@pytest.fixture(params=["local", "socket"])
def cloud(request, tmp_path):
    with a_cloud(request.param, tmp_path) as cloud:
        yield cloud


def get(cloud, token="member", name="laptop", **call):
    """Ask for a key pair: the simplest call there is."""
    return cloud.keypairs.GetKeypair(
        pb.GetKeypairRequest(name=name), metadata=by(token), **{"timeout": GRACE_S, **call}
    )


def error_of(call, *arguments, **named):
    """Return the error of ours that the call ends with."""
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **named)
    return error_from_rpc(caught.value)


def rest_of(stream):
    """Return the error that a stream ends with, after whatever it still brings."""
    return error_of(list, stream)


# One message there, one back


def test_an_answer_comes_back(cloud):
    cloud.does("GetKeypair", lambda request, _: pb.Keypair(name=request.name, kind="ssh"))

    assert get(cloud, name="laptop") == pb.Keypair(name="laptop", kind="ssh")


def test_neither_side_sees_what_the_other_does_to_a_message_later(cloud):
    kept = pb.Keypair(name="kept")

    def spoil_the_request(request, _context):
        request.name = "spoilt"
        return kept

    cloud.does("GetKeypair", spoil_the_request)
    request = pb.GetKeypairRequest(name="laptop")

    answer = cloud.keypairs.GetKeypair(request, metadata=by("member"))
    answer.name = "spoilt"

    assert request.name == "laptop"
    assert kept.name == "kept"


def test_a_handler_knows_who_calls_and_on_whose_request(cloud):
    seen = {}

    def look(_request, context):
        seen["caller"] = caller_of(context)
        seen["total"] = validation_of(context).total
        seen["request_id"] = current().request_id
        seen["token"] = current().token
        return pb.Keypair()

    cloud.does("GetKeypair", look)
    get(cloud)

    assert seen["caller"] == cloud.tokens.callers["member"]
    assert seen["total"].duration_ms == 1.5
    assert (seen["request_id"], seen["token"]) == (REQUEST, "member")


def test_a_handler_sees_the_metadata_by_key_and_value(cloud):
    seen = []
    cloud.does(
        "GetKeypair",
        lambda _, context: (
            seen.extend((entry.key, entry.value) for entry in context.invocation_metadata()),
            pb.Keypair(),
        )[1],
    )

    metadata = (*by("member"), ("x-note", "words"), ("x-note-bin", b"\x00\xff"))
    cloud.keypairs.GetKeypair(pb.GetKeypairRequest(), metadata=metadata)

    assert ("x-note", "words") in seen
    assert ("x-note-bin", b"\x00\xff") in seen


def test_a_handler_sees_nothing_of_the_callers_own_context(cloud):
    variable = contextvars.ContextVar("variable", default="unset")
    seen = []

    def look(_request, _context):
        seen.append(variable.get())
        variable.set("set by the handler")
        return pb.Keypair()

    cloud.does("GetKeypair", look)
    variable.set("set by the caller")
    get(cloud)

    assert seen == ["unset"]
    assert variable.get() == "set by the caller"


def test_the_request_id_comes_back(cloud):
    cloud.does("GetKeypair", lambda _request, _context: pb.Keypair())

    _, call = cloud.keypairs.GetKeypair.with_call(pb.GetKeypairRequest(), metadata=by("member"))

    assert (REQUEST_ID, REQUEST) in [tuple(entry) for entry in call.trailing_metadata()]
    assert call.code() is grpc.StatusCode.OK


@pytest.mark.parametrize("sent", ["", "mine", "req-1", "req-" + "x" * 36, REQUEST + "0"])
def test_a_request_id_that_is_none_is_replaced(cloud, sent):
    cloud.does("GetKeypair", lambda _request, _context: pb.Keypair(name=current().request_id))

    drawn = cloud.keypairs.GetKeypair(pb.GetKeypairRequest(), metadata=by("member", sent)).name

    assert drawn.startswith("req-")
    assert drawn != sent
    assert len(drawn) == len(REQUEST)


# Errors


@pytest.mark.parametrize(
    "error_class",
    [
        found
        for found in vars(errors).values()
        if isinstance(found, type)
        and issubclass(found, errors.VmctlError)
        and found is not errors.VmctlError
    ],
)
def test_every_error_arrives_as_what_it_was(cloud, error_class):
    raised = error_class("all über it", code="some-code", hint="rest", facts={"n": [1, "two"]})
    cloud.does("GetKeypair", raising(raised))

    arrived = error_of(get, cloud)

    assert type(arrived) is error_class
    assert (arrived.message, arrived.code) == ("all über it", "some-code")
    assert (arrived.hint, arrived.facts) == ("rest", {"n": [1, "two"]})


def raising(error):
    """Return a handler that raises ``error``."""

    def behaviour(_request, _context):
        raise error

    return behaviour


def test_the_longest_error_there_can_be_arrives_whole(cloud):
    facts = {"refusals": "ü" * 2_000}
    longest = NotFound("é" * 900, code="c" * 60, hint="ä" * 900, facts=facts)
    cloud.does("GetKeypair", raising(longest))

    for _ in range(20):  # gRPC drops oversized metadata now and then, not always
        arrived = error_of(get, cloud)
        assert arrived.code == "c" * 60
        assert arrived.facts == facts


def test_a_fault_of_ours_tells_its_request_id_and_nothing_else(cloud):
    cloud.does("GetKeypair", raising(KeyError("/secret/path")))

    arrived = error_of(get, cloud)

    assert type(arrived) is Internal
    assert arrived.facts == {"request_id": REQUEST}
    assert "secret" not in arrived.message


def test_an_error_tells_the_request_id_in_its_metadata_too(cloud):
    cloud.does("GetKeypair", raising(NotFound("gone")))

    with pytest.raises(grpc.RpcError) as caught:
        get(cloud)

    metadata = [tuple(entry) for entry in caught.value.trailing_metadata()]
    assert (REQUEST_ID, REQUEST) in metadata
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert caught.value.details() == "gone"


def test_a_method_that_nobody_serves_is_not_supported(cloud):
    call = cloud.channel.unary_unary(
        "/vmctl.v1.KeypairService/Forge",
        pb.GetKeypairRequest.SerializeToString,
        pb.Keypair.FromString,
    )

    assert type(error_of(call, pb.GetKeypairRequest(), metadata=by("member"))) is NotSupported


def test_a_message_above_four_mebibytes_is_refused_on_its_way_there(cloud):
    cloud.does("GetKeypair", lambda _request, _context: pb.Keypair())

    assert type(error_of(get, cloud, name="x" * (4 << 20))) is Exhausted


def test_a_message_above_four_mebibytes_is_refused_on_its_way_back(cloud):
    cloud.does("GetKeypair", lambda *_: pb.Keypair(public_key="x" * (4 << 20)))

    assert type(error_of(get, cloud)) is Exhausted


def test_an_answer_of_a_wrong_kind_is_a_fault_of_ours(cloud):
    cloud.does("GetKeypair", lambda *_: "not a message")

    assert type(error_of(get, cloud)) is Internal


def test_a_handler_may_set_a_status_of_its_own(cloud):
    def refuse_by_hand(_request, context):
        context.set_code(grpc.StatusCode.OUT_OF_RANGE)
        context.set_details("beyond the end")
        return pb.Keypair()

    cloud.does("GetKeypair", refuse_by_hand)

    with pytest.raises(grpc.RpcError) as caught:
        get(cloud)

    assert caught.value.code() is grpc.StatusCode.OUT_OF_RANGE
    assert caught.value.details() == "beyond the end"


def test_initial_metadata_comes_back(cloud):
    def answer(_request, context):
        context.send_initial_metadata((("x-early", "word"),))
        return pb.Keypair()

    cloud.does("GetKeypair", answer)

    _, call = cloud.keypairs.GetKeypair.with_call(pb.GetKeypairRequest(), **MEMBER)

    assert ("x-early", "word") in [tuple(entry) for entry in call.initial_metadata()]


def test_an_upload_tells_its_metadata_too(cloud):
    cloud.does("UploadImage", joined)

    image, call = cloud.images.UploadImage.with_call(iter(sent(b"one")), **MEMBER)

    assert image.name == "one"
    assert (REQUEST_ID, REQUEST) in [tuple(entry) for entry in call.trailing_metadata()]


def test_a_closed_channel_refuses_calls(cloud):
    # gRPC crashes the process when a stub is made on a closed channel: this one is older
    keypairs = cloud.keypairs
    cloud.channel.close()

    with pytest.raises(ValueError, match="closed channel"):
        keypairs.GetKeypair(pb.GetKeypairRequest(), **MEMBER)


# Who may


@pytest.mark.parametrize(
    "metadata",
    [(), (("authorization", "Basic YTpi"),), (("authorization", "Bearer"),), (("x-token", "a"),)],
)
def test_a_call_without_a_token_is_refused_before_its_handler_runs(cloud, metadata):
    arrived = error_of(cloud.keypairs.GetKeypair, pb.GetKeypairRequest(), metadata=metadata)

    assert type(arrived) is Unauthenticated
    assert arrived.code == "no-token"


def test_a_token_that_identity_refuses_is_refused_here(cloud):
    arrived = error_of(get, cloud, token="forged")

    assert (type(arrived), arrived.code) == (Unauthenticated, "token-unknown")


def test_a_caller_without_the_role_is_refused(cloud):
    arrived = error_of(cloud.identity.CreateUser, identity_pb2.CreateUserRequest(), **MEMBER)

    assert (type(arrived), arrived.code) == (Forbidden, "not-allowed")


def test_a_public_method_is_open_without_a_token(cloud):
    cloud.does("SignIn", lambda *_: identity_pb2.SignInResponse(token="fresh"))

    assert cloud.identity.SignIn(identity_pb2.SignInRequest()).token == "fresh"


def test_the_scheme_before_a_token_may_be_written_in_any_case(cloud):
    cloud.does("GetKeypair", lambda *_: pb.Keypair(name="laptop"))

    answer = cloud.keypairs.GetKeypair(
        pb.GetKeypairRequest(), metadata=(("authorization", "bearer member"),)
    )

    assert answer.name == "laptop"


def test_a_build_is_told_how_long_its_tokens_validation_took(cloud):
    cloud.does("LocateImage", lambda *_: image_pb2.LocateImageResponse(path="/there"))

    answer, call = cloud.images.LocateImage.with_call(
        image_pb2.LocateImageRequest(), metadata=by("build")
    )

    assert answer.path == "/there"
    assert validated_timing(call) == StepTiming(NOON, 1.5)


def test_nobody_else_is_told(cloud):
    cloud.does("GetKeypair", lambda *_: pb.Keypair())

    _, call = cloud.keypairs.GetKeypair.with_call(pb.GetKeypairRequest(), metadata=by("member"))

    assert validated_timing(call) is None


# Deadlines


def test_a_handler_sees_the_callers_deadline(cloud):
    seen = []
    cloud.does("GetKeypair", lambda *_: (seen.append(remaining_s()), pb.Keypair())[1])

    get(cloud, timeout=500)

    assert 60 < seen[0] < 510  # gRPC rounds up


def test_a_call_that_brings_no_deadline_gets_one(cloud):
    seen = []
    cloud.does("GetKeypair", lambda *_: (seen.append(remaining_s()), pb.Keypair())[1])

    get(cloud, timeout=None)

    assert 0 < seen[0] <= 60


def test_an_upload_that_brings_no_deadline_may_take_its_time(cloud):
    seen = []
    cloud.does("UploadImage", lambda *_: (seen.append(remaining_s()), image_pb2.Image())[1])

    cloud.images.UploadImage(iter(()), metadata=by("member"))

    assert seen == [None]


def test_a_handler_that_waits_stops_at_the_deadline(cloud):
    def wait(_request, _context):
        threading.Event().wait(remaining_s())
        check_deadline("nothing came")
        raise AssertionError("the deadline has passed")

    cloud.does("GetKeypair", wait)

    assert type(error_of(get, cloud, timeout=0.05)) is TimedOut


def test_an_answer_after_the_deadline_does_not_count(cloud):
    def too_late(_request, context):
        until_over(context)
        return pb.Keypair()

    cloud.does("GetKeypair", too_late)

    assert type(error_of(get, cloud, timeout=0.05)) is TimedOut
    assert type(error_of(get, cloud, timeout=0)) is TimedOut


def until_over(context):
    """Wait until nobody waits for the answer."""
    while context.is_active():
        threading.Event().wait(0.005)


# Many messages back


def download(cloud, **call):
    """Begin to download an image."""
    return cloud.images.DownloadImage(image_pb2.DownloadImageRequest(), **{**MEMBER, **call})


def chunks(*parts):
    """Return a handler that sends these bytes, then raises if the last one is an error."""

    def behaviour(_request, _context):
        for part in parts:
            if isinstance(part, Exception):
                raise part
            yield image_pb2.DownloadImageResponse(chunk=part)

    return behaviour


def test_a_stream_comes_in_order_and_ends(cloud):
    cloud.does("DownloadImage", chunks(b"one", b"two", b"three"))

    stream = download(cloud)

    assert [message.chunk for message in stream] == [b"one", b"two", b"three"]
    assert stream.code() is grpc.StatusCode.OK
    assert (REQUEST_ID, REQUEST) in [tuple(entry) for entry in stream.trailing_metadata()]


def test_a_stream_that_has_ended_stays_ended(cloud):
    cloud.does("DownloadImage", chunks(b"one"))
    stream = download(cloud)
    list(stream)

    assert list(stream) == []


def test_an_error_in_a_stream_comes_after_what_was_sent(cloud):
    cloud.does("DownloadImage", chunks(b"one", NotFound("the rest is gone", code="half")))
    stream = download(cloud)

    assert next(stream).chunk == b"one"
    assert (type(arrived := rest_of(stream)), arrived.code) == (NotFound, "half")


def test_a_stream_is_refused_like_any_call(cloud):
    assert type(rest_of(download(cloud, metadata=by("forged")))) is Unauthenticated


def test_a_fault_of_ours_ends_a_stream(cloud):
    cloud.does("DownloadImage", chunks(b"one", RuntimeError("secret")))

    assert type(rest_of(download(cloud))) is Internal


def test_a_stream_stays_on_its_request_from_end_to_end(cloud):
    def look(_request, context):
        for _ in range(3):
            words = f"{current().request_id} {caller_of(context).user_name}"
            yield image_pb2.DownloadImageResponse(chunk=words.encode())

    cloud.does("DownloadImage", look)

    words = {message.chunk.decode() for message in download(cloud)}

    assert words == {f"{REQUEST} alice"}


def test_a_stream_has_no_deadline_unless_it_brings_one(cloud):
    def look(_request, _context):
        yield image_pb2.DownloadImageResponse(chunk=str(remaining_s()).encode())

    cloud.does("DownloadImage", look)

    assert next(download(cloud, timeout=None)).chunk == b"None"
    assert float(next(download(cloud, timeout=500)).chunk) < 510


def test_a_stream_ends_at_the_deadline_that_it_brought(cloud):
    def wait(_request, context):
        yield image_pb2.DownloadImageResponse(chunk=b"one")
        until_over(context)
        yield image_pb2.DownloadImageResponse(chunk=b"too late")

    cloud.does("DownloadImage", wait)

    assert type(rest_of(download(cloud, timeout=0.1))) is TimedOut


def until_cancelled(ended):
    """Return a handler that sends one message and then waits for its caller to go."""

    def behaviour(_request, context):
        gone = threading.Event()
        context.add_callback(gone.set)
        try:
            yield image_pb2.DownloadImageResponse(chunk=b"one")
            gone.wait(GRACE_S)
        finally:
            ended.set()

    return behaviour


def test_a_stream_that_is_cancelled_lets_its_handler_end(cloud):
    ended = threading.Event()
    cloud.does("DownloadImage", until_cancelled(ended))
    stream = download(cloud)
    next(stream)

    stream.cancel()

    assert ended.wait(GRACE_S)
    assert type(rest_of(stream)) is Unavailable


def test_a_stream_that_is_dropped_lets_its_handler_end(cloud):
    ended = threading.Event()
    cloud.does("DownloadImage", until_cancelled(ended))
    stream = download(cloud)
    next(stream)

    del stream

    assert ended.wait(GRACE_S)


def test_another_thread_can_cancel_a_stream_whose_handler_waits(cloud):
    ended, waiting = threading.Event(), threading.Event()

    def wait(_request, context):
        gone = threading.Event()
        context.add_callback(gone.set)
        waiting.set()
        gone.wait(GRACE_S)
        ended.set()
        yield image_pb2.DownloadImageResponse(chunk=b"for nobody")

    cloud.does("DownloadImage", wait)
    stream = download(cloud)
    arrived = []
    reader = threading.Thread(target=lambda: arrived.append(rest_of(stream)))
    reader.start()
    assert waiting.wait(GRACE_S)

    stream.cancel()

    reader.join(GRACE_S)
    assert ended.wait(GRACE_S)
    assert type(arrived[0]) is Unavailable


# Many messages there


def upload(cloud, messages, **call):
    """Upload an image."""
    return cloud.images.UploadImage(iter(messages), **{**MEMBER, **call})


def sent(*parts):
    """Return the messages of an upload."""
    return [image_pb2.UploadImageRequest(chunk=part) for part in parts]


def joined(requests, _context):
    """Answer with all that was sent."""
    return image_pb2.Image(name=b"".join(request.chunk for request in requests).decode())


def test_a_handler_gets_all_messages_in_order(cloud):
    cloud.does("UploadImage", joined)

    assert upload(cloud, sent(b"one", b"two", b"three")).name == "onetwothree"


def test_an_upload_has_the_time_that_its_sender_needs(cloud):
    cloud.does("UploadImage", lambda *_: image_pb2.Image(name=str(remaining_s())))

    assert upload(cloud, [], timeout=None).name == "None"


def test_no_message_at_all_is_possible(cloud):
    cloud.does("UploadImage", joined)

    assert upload(cloud, []).name == ""


def test_a_handler_may_refuse_before_all_has_come(cloud):
    def refuse(requests, _context):
        next(requests)
        raise errors.QuotaExceeded("no room for more", code="image-quota")

    cloud.does("UploadImage", refuse)

    arrived = error_of(upload, cloud, sent(*[b"x"] * 50))

    assert (type(arrived), arrived.code) == (errors.QuotaExceeded, "image-quota")


def test_an_upload_is_refused_like_any_call(cloud):
    assert type(error_of(upload, cloud, sent(b"x"), metadata=by("forged"))) is Unauthenticated


def test_a_client_that_breaks_off_gets_its_failure_and_its_handler_goes_on(cloud):
    begun, over = threading.Event(), threading.Event()

    def break_off():
        yield from sent(b"one")
        begun.wait(GRACE_S)
        raise OSError("the file is gone")

    def read(requests, _context):
        next(requests)
        begun.set()
        try:
            # Over a socket this raises, or ends as if all had been sent, whichever gRPC
            # notices first: what must be whole needs a last message that says so
            return joined(requests, _context)
        finally:
            over.set()

    cloud.does("UploadImage", read)

    with pytest.raises(grpc.RpcError) as caught:
        upload(cloud, break_off())

    assert caught.value.code() is grpc.StatusCode.UNKNOWN
    assert caught.value.details() == "Exception iterating requests!"
    assert over.wait(GRACE_S)


def test_the_clients_messages_are_made_in_the_clients_context(cloud):
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("the caller's")
    cloud.does("UploadImage", joined)

    def messages():
        yield from sent(variable.get().encode())

    assert upload(cloud, messages()).name == "the caller's"


# Many messages there and back


def test_a_console_answers_what_is_typed(cloud):
    def echo(requests, _context):
        for request in requests:
            yield agent_pb2.AttachConsoleResponse(data=request.data.upper())

    cloud.does("AttachConsole", echo)
    typed = [agent_pb2.AttachConsoleRequest(data=data) for data in (b"ls", b"exit")]

    answers = cloud.agent.AttachConsole(iter(typed), metadata=by("service"), timeout=GRACE_S)

    assert [answer.data for answer in answers] == [b"LS", b"EXIT"]


def test_a_console_may_speak_while_nothing_is_typed(cloud):
    def speak(requests, _context):
        next(requests)
        for word in (b"login:", b"password:"):
            yield agent_pb2.AttachConsoleResponse(data=word)

    cloud.does("AttachConsole", speak)
    enough = threading.Event()

    def typed():
        yield agent_pb2.AttachConsoleRequest(instance_id="instance-1")
        enough.wait(GRACE_S)

    answers = cloud.agent.AttachConsole(typed(), metadata=by("service"), timeout=GRACE_S)
    heard = [next(answers).data, next(answers).data]
    enough.set()

    assert heard == [b"login:", b"password:"]


def test_a_console_is_refused_to_a_person(cloud):
    answers = cloud.agent.AttachConsole(iter([]), **MEMBER)

    assert type(rest_of(answers)) is Forbidden
