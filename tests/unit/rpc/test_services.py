"""Handlers go to all carriers, wrapped once."""

from tests.support.carriers import KnownTokens, Scripted
from vmctl.v1.keypair_pb2_grpc import add_KeypairServiceServicer_to_server
from vmctld.rpc.interceptors import Guard
from vmctld.rpc.services import Services
from vmctld.wire.carrier import LocalServer


def test_every_carrier_gets_the_same_handlers():
    one, other = LocalServer(), LocalServer()

    Services(Guard(KnownTokens()), one, other).add(add_KeypairServiceServicer_to_server, Scripted())

    assert set(one.handlers) == {
        "/vmctl.v1.KeypairService/ImportKeypair",
        "/vmctl.v1.KeypairService/GetKeypair",
        "/vmctl.v1.KeypairService/ListKeypairs",
        "/vmctl.v1.KeypairService/DeleteKeypair",
    }
    assert one.handlers == other.handlers
