"""The server on its sockets."""

import stat
import threading

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from tests.support.carriers import KnownTokens, Scripted, by
from tests.support.certificates import a_certificate
from vmctl.v1 import keypair_pb2 as pb
from vmctl.v1 import keypair_pb2_grpc
from vmctld.errors import InvalidRequest, Unavailable
from vmctld.rpc import server as module
from vmctld.rpc.address import TlsFiles
from vmctld.rpc.interceptors import Guard
from vmctld.rpc.server import RpcServer
from vmctld.rpc.services import Services

GRACE_S = 10.0
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
def servicer():
    servicer = Scripted()
    servicer.methods["GetKeypair"] = lambda *_: pb.Keypair(name="laptop")
    return servicer


@pytest.fixture
def server(servicer):
    server = RpcServer()
    Services(Guard(KnownTokens()), server).add(
        keypair_pb2_grpc.add_KeypairServiceServicer_to_server, servicer
    )
    yield server
    server.stop(grace_s=0)


def ask(channel):
    """Ask for a key pair and return its name."""
    stub = keypair_pb2_grpc.KeypairServiceStub(channel)
    return stub.GetKeypair(pb.GetKeypairRequest(), metadata=by("member"), timeout=GRACE_S).name


def health_of(channel, service=""):
    """Return what the health service says, without a token."""
    stub = health_pb2_grpc.HealthStub(channel)
    return stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=GRACE_S).status


def test_several_addresses_are_served_at_once(server, tmp_path):
    addresses = [server.listen(f"unix://{tmp_path}/{name}") for name in ("a.sock", "b.sock")]
    server.start()

    for address in addresses:
        with grpc.insecure_channel(address) as channel:
            assert ask(channel) == "laptop"


def test_an_answer_may_be_larger_than_what_is_taken(server, servicer, tmp_path):
    servicer.methods["GetKeypair"] = lambda *_: pb.Keypair(name="x" * 5 * 2**20)
    address = server.listen(f"unix://{tmp_path}/s.sock")
    server.start()

    with grpc.insecure_channel(address, [("grpc.max_receive_message_length", -1)]) as channel:
        assert len(ask(channel)) == 5 * 2**20


def test_garbage_is_refused_as_invalid_and_leaves_no_traceback_in_the_log(server, tmp_path, caplog):
    address = server.listen(f"unix://{tmp_path}/s.sock")
    server.start()

    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary("/vmctl.v1.KeypairService/GetKeypair")
        with pytest.raises(grpc.RpcError) as refused:
            call(b"\xff" * 50, metadata=by("member"), timeout=GRACE_S)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert not [record for record in caplog.records if record.exc_info]


def test_a_socket_is_for_its_owner_and_goes_with_the_server(server, tmp_path):
    path = tmp_path / "s.sock"
    server.listen(f"unix://{path}")
    server.start()
    mode = stat.S_IMODE(path.stat().st_mode)

    server.stop(grace_s=0)

    assert mode == 0o600
    assert not path.exists()


def test_a_second_server_does_not_take_a_socket_over(server, tmp_path):
    address = server.listen(f"unix://{tmp_path}/s.sock")
    server.start()

    with pytest.raises(Unavailable, match="another daemon serves"):
        RpcServer().listen(address)

    with grpc.insecure_channel(address) as channel:
        assert ask(channel) == "laptop"


def test_a_directory_that_cannot_hold_a_socket_is_refused(server, tmp_path):
    (tmp_path / "s.sock").mkdir()

    with pytest.raises(InvalidRequest):
        server.listen(f"unix://{tmp_path}/s.sock")


def test_a_socket_that_cannot_be_bound_after_all_is_refused(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "prepare_socket", lambda _address: None)
    (tmp_path / "s.sock").mkdir()

    with pytest.raises(Unavailable) as refused:
        server.listen(f"unix://{tmp_path}/s.sock")

    assert refused.value.code == "address-in-use"


def test_a_port_is_served_behind_tls(server, tmp_path):
    cert, key = a_certificate(tmp_path)
    address = server.listen("localhost:0", TlsFiles(cert, key))
    server.start()

    with grpc.secure_channel(address, grpc.ssl_channel_credentials(cert.read_bytes())) as channel:
        assert ask(channel) == "laptop"


def test_a_port_with_an_authority_asks_clients_for_a_certificate(server, tmp_path):
    cert, key = a_certificate(tmp_path)
    address = server.listen("localhost:0", TlsFiles(cert, key, ca=cert))
    server.start()
    known = grpc.ssl_channel_credentials(cert.read_bytes(), key.read_bytes(), cert.read_bytes())
    unknown = grpc.ssl_channel_credentials(cert.read_bytes())

    with grpc.secure_channel(address, known) as channel:
        assert ask(channel) == "laptop"
    with grpc.secure_channel(address, unknown) as channel, pytest.raises(grpc.RpcError) as caught:
        ask(channel)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_port_without_tls_is_refused(server):
    with pytest.raises(InvalidRequest) as refused:
        server.listen("localhost:0")

    assert refused.value.code == "tls-missing"


def test_a_port_that_is_taken_is_refused(server, tmp_path):
    tls = TlsFiles(*a_certificate(tmp_path))
    address = server.listen("localhost:0", tls)
    server.start()

    with pytest.raises(Unavailable) as refused:
        RpcServer().listen(address, tls)

    assert refused.value.code == "address-in-use"


def test_health_is_told_to_everybody_and_is_bad_until_it_is_said_to_be_good(server, tmp_path):
    address = server.listen(f"unix://{tmp_path}/s.sock")
    server.start()

    with grpc.insecure_channel(address) as channel:
        assert health_of(channel) == NOT_SERVING
        server.set_ready(True)
        assert health_of(channel) == SERVING
        assert health_of(channel, "vmctl.v1.KeypairService") == SERVING
        server.set_ready(False)
        assert health_of(channel) == NOT_SERVING


def test_health_can_be_watched(server, tmp_path):
    address = server.listen(f"unix://{tmp_path}/s.sock")
    server.start()

    with grpc.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=GRACE_S)
        before = next(watch).status
        server.set_ready(True)
        after = next(watch).status
        watch.cancel()

    assert (before, after) == (NOT_SERVING, SERVING)


def test_reflection_names_the_services_to_everybody(server, tmp_path):
    address = server.listen(f"unix://{tmp_path}/s.sock")
    server.start()

    with grpc.insecure_channel(address) as channel:
        services = set(ProtoReflectionDescriptorDatabase(channel).get_services())

    assert "vmctl.v1.KeypairService" in services
    assert "grpc.health.v1.Health" in services


def test_a_server_that_stops_lets_calls_end(server, servicer, tmp_path):
    began, go_on = threading.Event(), threading.Event()

    def answer_later(_request, _context):
        began.set()
        go_on.wait(GRACE_S)
        return pb.Keypair(name="in the end")

    servicer.methods["GetKeypair"] = answer_later
    address = server.listen(f"unix://{tmp_path}/s.sock")
    server.start()
    with grpc.insecure_channel(address) as channel:
        answers = []
        caller = threading.Thread(target=lambda: answers.append(ask(channel)))
        caller.start()
        assert began.wait(GRACE_S)
        stopper = threading.Thread(target=server.stop, args=(GRACE_S,))
        stopper.start()

        go_on.set()

        caller.join(GRACE_S)
        stopper.join(GRACE_S)
    assert answers == ["in the end"]


def test_a_server_can_be_stopped_before_it_started_and_twice(tmp_path):
    server = RpcServer()
    server.listen(f"unix://{tmp_path}/s.sock")

    server.stop(grace_s=0)
    server.stop(grace_s=0)
