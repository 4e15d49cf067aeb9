"""Streams inside the process, where they are not like over a socket."""

import grpc
import pytest

from tests.support.carriers import Scripted
from vmctl.v1 import image_pb2
from vmctl.v1.image_pb2_grpc import ImageServiceStub, add_ImageServiceServicer_to_server
from vmctld.wire.carrier import LocalChannel, LocalServer


@pytest.fixture
def servicer():
    return Scripted()


@pytest.fixture
def images(servicer):
    """A stub without a guard between it and the servicer."""
    server = LocalServer()
    add_ImageServiceServicer_to_server(servicer, server)
    return ImageServiceStub(LocalChannel(server))


def download(images):
    """Begin a download."""
    return images.DownloadImage(image_pb2.DownloadImageRequest())


def test_a_handler_runs_no_further_than_its_reader(servicer, images):
    made = []

    def count(_request, _context):
        for number in range(3):
            made.append(number)
            yield image_pb2.DownloadImageResponse(size_bytes=number)

    servicer.methods["DownloadImage"] = count
    stream = download(images)

    assert made == []
    next(stream)
    assert made == [0]


def test_a_failure_without_a_guard_is_unknown_as_over_a_socket(servicer, images):
    servicer.methods["DownloadImage"] = lambda *_: iter([1 / 0])

    with pytest.raises(grpc.RpcError) as caught:
        next(download(images))

    assert caught.value.code() is grpc.StatusCode.UNKNOWN
    assert caught.value.details() == "Exception iterating responses: division by zero"


def test_a_stream_that_is_cancelled_before_it_began_runs_nothing(servicer, images):
    ran = []
    servicer.methods["DownloadImage"] = lambda *_: ran.append(1)
    stream = download(images)

    stream.cancel()

    with pytest.raises(grpc.RpcError) as caught:
        next(stream)
    assert caught.value.code() is grpc.StatusCode.CANCELLED
    assert ran == []


def test_a_handler_may_give_any_iterator(servicer, images):
    messages = [image_pb2.DownloadImageResponse(chunk=b"one")]
    servicer.methods["DownloadImage"] = lambda *_: iter(messages)
    stream = download(images)

    assert next(stream).chunk == b"one"
    stream.cancel()


def test_a_handler_reads_no_more_of_a_call_that_is_over(servicer, images):
    def read_on(requests, context):
        context.cancel()
        return next(requests)

    servicer.methods["UploadImage"] = read_on

    with pytest.raises(grpc.RpcError) as caught:
        images.UploadImage(iter([image_pb2.UploadImageRequest()]))
    assert caught.value.code() is grpc.StatusCode.CANCELLED
