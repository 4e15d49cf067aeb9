"""The two ends inside the process, where they are not like a socket."""

import grpc
import pytest

from tests.support.carriers import Scripted
from vmctl.v1 import keypair_pb2 as pb
from vmctl.v1.keypair_pb2_grpc import (
    KeypairServiceStub,
    add_KeypairServiceServicer_to_server,
)
from vmctld.errors import NotSupported
from vmctld.wire.carrier import LocalChannel, LocalServer


@pytest.fixture
def servicer():
    servicer = Scripted()
    servicer.methods["GetKeypair"] = lambda request, _context: pb.Keypair(name=request.name)
    return servicer


def ask(channel):
    """Ask for a key pair and return its name."""
    return KeypairServiceStub(channel).GetKeypair(pb.GetKeypairRequest(name="laptop")).name


def test_handlers_may_come_after_the_stubs_were_made(servicer):
    server = LocalServer()
    stub = KeypairServiceStub(LocalChannel(server))

    add_KeypairServiceServicer_to_server(servicer, server)

    assert stub.GetKeypair(pb.GetKeypairRequest(name="laptop")).name == "laptop"


def test_a_server_that_was_stopped_serves_no_more(servicer):
    server = LocalServer()
    add_KeypairServiceServicer_to_server(servicer, server)
    server.start()
    before = ask(LocalChannel(server))

    assert server.stop(grace=None).is_set()

    assert before == "laptop"
    with pytest.raises(grpc.RpcError) as caught:
        ask(LocalChannel(server))
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    "listen",
    [
        lambda server: server.add_insecure_port("localhost:0"),
        lambda server: server.add_secure_port("localhost:0", None),
        lambda server: server.wait_for_termination(),
    ],
)
def test_a_server_inside_the_process_listens_nowhere(listen):
    with pytest.raises(NotSupported):
        listen(LocalServer())


def test_a_channel_is_ready_from_the_first():
    states = []
    channel = LocalChannel(LocalServer())

    channel.subscribe(states.append)
    channel.unsubscribe(states.append)

    assert states == [grpc.ChannelConnectivity.READY]


def test_raw_bytes_do_not_travel():
    with pytest.raises(NotSupported, match="generated stubs"):
        LocalChannel(LocalServer()).unary_unary("/vmctl.v1.KeypairService/GetKeypair")


def test_a_handler_without_a_guard_that_fails_is_unknown_as_over_a_socket(servicer):
    server = LocalServer()
    add_KeypairServiceServicer_to_server(servicer, server)
    servicer.methods["GetKeypair"] = lambda *_: 1 / 0

    with pytest.raises(grpc.RpcError) as caught:
        ask(LocalChannel(server))

    assert caught.value.code() is grpc.StatusCode.UNKNOWN
    assert caught.value.details() == "Exception calling application: division by zero"
