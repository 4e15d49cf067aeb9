"""How messages cross from a stub to its handler."""

import grpc
import pytest

from vmctl.v1 import keypair_pb2 as pb
from vmctld.wire.carrier.call import LocalContext, LocalRpcError
from vmctld.wire.carrier.method import MAX_MESSAGE_BYTES, Method

HANDLER = grpc.unary_unary_rpc_method_handler(
    lambda *_: None, pb.GetKeypairRequest.FromString, pb.Keypair.SerializeToString
)
METHOD = Method("/m", pb.GetKeypairRequest.SerializeToString, pb.Keypair.FromString, {}.get)


def test_a_request_crosses_as_a_copy():
    request = pb.GetKeypairRequest(name="laptop")

    copy = METHOD.to_server(request, HANDLER, LocalContext(None, None))

    assert copy == request
    assert copy is not request


def test_a_request_that_is_no_message_is_an_error_of_the_call():
    with pytest.raises(LocalRpcError) as caught:
        METHOD.to_server("laptop", HANDLER, LocalContext(None, None))

    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert caught.value.details() == "Exception serializing request!"


def test_a_response_crosses_until_it_is_too_large():
    room = MAX_MESSAGE_BYTES - 5  # for the field's tag and length
    largest = pb.Keypair(public_key="x" * room)

    assert METHOD.to_client(largest, HANDLER, LocalContext(None, None)) == largest
    largest.public_key += "x"
    with pytest.raises(LocalRpcError) as caught:
        METHOD.to_client(largest, HANDLER, LocalContext(None, None))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
