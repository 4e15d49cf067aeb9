"""What every client does to every call."""

import threading

import grpc
import pytest

from tests.support.carriers import REQUEST, a_cloud
from tests.support.clock import NOON
from vmctl.v1 import image_pb2
from vmctl.v1 import keypair_pb2 as pb
from vmctld.clients.base import DEFAULT_TIMEOUT_S, ServiceClient
from vmctld.domain.identity import StepTiming
from vmctld.errors import NotFound, TimedOut, Unauthenticated
from vmctld.observe.context import bind, current, remaining_s


class Client(ServiceClient):
    """Makes the call that a test asks for."""

    def __init__(self, cloud, token=None):
        super().__init__(token)
        self.cloud = cloud

    def get(self, **options):
        """Ask for a key pair."""
        return self._call(self.cloud.keypairs.GetKeypair, pb.GetKeypairRequest(), **options)

    def locate(self):
        """Locate an image, as a build does."""
        return self._call_timed(
            self.cloud.images.LocateImage, image_pb2.LocateImageRequest(image_id="image-1")
        )

    def download(self, **options):
        """Download an image."""
        request = image_pb2.DownloadImageRequest()
        return self._stream(self.cloud.images.DownloadImage, request, **options)


@pytest.fixture
def cloud(tmp_path):
    with a_cloud("local", tmp_path) as cloud:
        yield cloud


@pytest.fixture
def seen(cloud):
    """What the other end saw of the last call: token, request id, time left."""
    seen = {}

    def look(_request, _context):
        context = current()
        seen.update(token=context.token, request_id=context.request_id, left_s=remaining_s())
        return pb.Keypair(name="laptop")

    cloud.does("GetKeypair", look)
    return seen


def test_a_call_goes_on_with_the_token_and_the_id_of_its_request(cloud, seen):
    with bind(request_id=REQUEST, token="member"):
        Client(cloud).get()

    assert (seen["token"], seen["request_id"]) == ("member", REQUEST)


def test_a_token_of_its_own_beats_the_requests(cloud, seen):
    with bind(token="member"):
        Client(cloud, token=lambda: "admin").get()

    assert seen["token"] == "admin"


def test_a_call_on_nobodys_request_draws_an_id(cloud, seen):
    Client(cloud, token=lambda: "member").get()

    assert seen["request_id"].startswith("req-")


def test_without_any_token_none_is_sent(cloud, seen):
    with pytest.raises(Unauthenticated) as refused:
        Client(cloud).get()

    assert refused.value.code == "no-token"


def test_the_nearer_of_both_deadlines_counts(cloud, seen):
    client = Client(cloud, token=lambda: "member")

    client.get()
    assert DEFAULT_TIMEOUT_S - 5 < seen["left_s"] <= DEFAULT_TIMEOUT_S
    client.get(timeout_s=500)
    assert seen["left_s"] > DEFAULT_TIMEOUT_S
    with bind(timeout_s=5):
        client.get()
    assert seen["left_s"] <= 5


def test_no_call_is_made_when_no_time_is_left(cloud, seen):
    with bind(timeout_s=0), pytest.raises(TimedOut):
        Client(cloud, token=lambda: "member").get()

    assert seen == {}


def test_what_the_other_end_raised_is_raised_here(cloud):
    def refuse(_request, _context):
        raise NotFound("no key pair called laptop", code="keypair-not-found", facts={"n": 1})

    cloud.does("GetKeypair", refuse)

    with pytest.raises(NotFound, match="no key pair called laptop") as refused:
        Client(cloud, token=lambda: "member").get()

    assert (refused.value.code, refused.value.facts) == ("keypair-not-found", {"n": 1})
    assert isinstance(refused.value.__cause__, grpc.RpcError)


def test_a_build_learns_how_long_its_tokens_validation_took(cloud):
    cloud.does("LocateImage", lambda *_: image_pb2.LocateImageResponse(path="/there"))

    answer, validated = Client(cloud, token=lambda: "build").locate()

    assert answer.path == "/there"
    assert validated == StepTiming(NOON, 1.5)


def test_a_timed_call_raises_what_the_other_end_raised(cloud):
    def refuse(_request, _context):
        raise NotFound("no such image")

    cloud.does("LocateImage", refuse)

    with pytest.raises(NotFound, match="no such image"):
        Client(cloud, token=lambda: "build").locate()


def test_a_stream_comes_as_it_is_sent(cloud):
    cloud.does("DownloadImage", send(b"one", b"two"))

    client = Client(cloud, token=lambda: "member")

    assert [message.chunk for message in client.download()] == [b"one", b"two"]


def send(*chunks):
    """Return a handler that sends these; an error is raised."""

    def behaviour(_request, _context):
        for chunk in chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield image_pb2.DownloadImageResponse(chunk=chunk)

    return behaviour


def test_a_stream_that_breaks_off_raises_what_the_other_end_raised(cloud):
    cloud.does("DownloadImage", send(b"one", NotFound("the rest is gone")))
    stream = Client(cloud, token=lambda: "member").download(timeout_s=60)

    assert next(stream).chunk == b"one"
    with pytest.raises(NotFound, match="the rest is gone"):
        next(stream)


def test_leaving_a_stream_early_ends_it_at_the_other_end(cloud):
    ended = threading.Event()

    def send_for_ever(_request, _context):
        try:
            while True:
                yield image_pb2.DownloadImageResponse(chunk=b"more")
        finally:
            ended.set()

    cloud.does("DownloadImage", send_for_ever)
    stream = Client(cloud, token=lambda: "member").download()
    next(stream)

    stream.close()

    assert ended.is_set()
