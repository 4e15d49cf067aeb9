"""Streams have threads and a number of their own."""

import threading

import grpc
import pytest

from tests.support.carriers import REQUEST, a_cloud, by
from vmctl.v1 import image_pb2
from vmctl.v1 import keypair_pb2 as pb
from vmctld.errors import Exhausted, Unavailable
from vmctld.rpc.handlers import behaviour_of
from vmctld.rpc.streams import StreamSlots
from vmctld.wire.carrier.call import Aborted, LocalContext
from vmctld.wire.metadata import REQUEST_ID
from vmctld.wire.status import error_from_rpc

GRACE_S = 10.0
ALICE = {"metadata": by("member"), "timeout": GRACE_S}


@pytest.fixture
def cloud(tmp_path):
    """Services on a socket that serve two streams at once, and a download that waits."""
    with a_cloud("socket", tmp_path, max_streams=2) as cloud:
        cloud.does("DownloadImage", wait_until_cancelled)
        yield cloud


def wait_until_cancelled(_request, context):
    gone = threading.Event()
    context.add_callback(gone.set)
    yield image_pb2.DownloadImageResponse(chunk=b"here")
    gone.wait(GRACE_S)


def begin(cloud):
    """Begin a stream that lasts, and return it once its handler runs."""
    stream = cloud.images.DownloadImage(image_pb2.DownloadImageRequest(), **ALICE)
    next(stream)
    return stream


def test_one_stream_too_many_is_refused_and_told_why(cloud):
    running = [begin(cloud), begin(cloud)]

    with pytest.raises(grpc.RpcError) as caught:
        begin(cloud)

    error = error_from_rpc(caught.value)
    assert (type(error), error.code) == (Exhausted, "too-many-streams")
    assert error.facts == {"streams": 2}
    assert (REQUEST_ID, REQUEST) in [tuple(entry) for entry in caught.value.trailing_metadata()]
    for stream in running:
        stream.cancel()


def test_an_upload_counts_as_a_stream(cloud):
    running = [begin(cloud), begin(cloud)]

    with pytest.raises(grpc.RpcError) as caught:
        cloud.images.UploadImage(iter([]), **ALICE)

    assert error_from_rpc(caught.value).code == "too-many-streams"
    for stream in running:
        stream.cancel()


def test_short_calls_go_on_while_all_streams_are_taken(cloud):
    running = [begin(cloud), begin(cloud)]
    cloud.does("GetKeypair", lambda *_: pb.Keypair(name="laptop"))

    assert cloud.keypairs.GetKeypair(pb.GetKeypairRequest(), **ALICE).name == "laptop"
    for stream in running:
        stream.cancel()


def test_a_stream_that_ended_makes_room_for_the_next():
    slots = StreamSlots(max_streams=1)
    handler = slots.wrap(grpc.unary_stream_rpc_method_handler(lambda *_: iter([1, 2])))

    for _ in range(3):
        assert list(behaviour_of(handler)("request", LocalContext(None, None))) == [1, 2]


def test_a_stream_that_failed_makes_room_for_the_next():
    slots = StreamSlots(max_streams=1)

    def refuse(_request, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "gone")

    handler = slots.wrap(grpc.stream_unary_rpc_method_handler(refuse))

    for _ in range(3):
        context = LocalContext(None, None)
        with pytest.raises(Aborted):
            behaviour_of(handler)(iter([]), context)
        assert context.status is grpc.StatusCode.NOT_FOUND


def test_a_call_without_a_stream_needs_no_slot():
    handler = grpc.unary_unary_rpc_method_handler(lambda *_: None)

    assert StreamSlots(max_streams=0).wrap(handler) is handler


def test_a_handler_that_holds_no_thread_while_it_waits_needs_no_slot():
    def watch(_request, _context, _send):
        """Waits without a thread, as gRPC's health service does."""

    watch.experimental_non_blocking = True
    handler = grpc.unary_stream_rpc_method_handler(watch)

    assert StreamSlots(max_streams=0).wrap(handler) is handler


def test_all_streams_can_be_ended_at_once():
    slots = StreamSlots()
    contexts = [LocalContext(None, None), LocalContext(None, None)]
    handler = slots.wrap(grpc.unary_stream_rpc_method_handler(lambda *_: iter([1, 2])))
    streams = [behaviour_of(handler)("request", context) for context in contexts]
    for stream in streams:
        next(stream)

    slots.end_all()

    assert [context.is_active() for context in contexts] == [False, False]


def test_a_server_that_stops_ends_its_streams(tmp_path):
    with a_cloud("socket", tmp_path) as cloud:
        cloud.does("DownloadImage", wait_until_cancelled)
        stream = begin(cloud)
        cloud.stop()

        with pytest.raises(grpc.RpcError) as caught:
            next(stream)

    assert type(error_from_rpc(caught.value)) is Unavailable
