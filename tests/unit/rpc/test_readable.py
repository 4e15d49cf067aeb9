"""Messages that cannot be read."""

import grpc
import pytest

from vmctl.v1 import keypair_pb2 as pb
from vmctld.errors import InvalidRequest
from vmctld.rpc.handlers import behaviour_of
from vmctld.rpc.readable import readable

READ = pb.GetKeypairRequest.FromString
GOOD = pb.GetKeypairRequest(name="laptop").SerializeToString()
NOT_UTF8, GARBAGE, CUT_OFF = b"\x0a\x01\xff", b"\xff" * 50, GOOD[:-1]


@pytest.mark.parametrize("data", [NOT_UTF8, GARBAGE, CUT_OFF])
def test_a_message_that_cannot_be_read_is_an_invalid_request(data):
    handler = readable(grpc.unary_unary_rpc_method_handler(lambda message, _: message, READ))

    with pytest.raises(InvalidRequest) as refused:
        behaviour_of(handler)(handler.request_deserializer(data), None)

    assert refused.value.code == "unreadable-message"


def test_a_message_that_can_be_read_reaches_the_method():
    handler = readable(grpc.unary_unary_rpc_method_handler(lambda message, _: message.name, READ))

    assert behaviour_of(handler)(handler.request_deserializer(GOOD), None) == "laptop"


def test_a_stream_is_read_up_to_what_cannot_be_read():
    seen = []

    def note_each(requests, _context):
        for message in requests:
            seen.append(message.name)

    handler = readable(grpc.stream_unary_rpc_method_handler(note_each, READ))
    messages = map(handler.request_deserializer, [GOOD, GARBAGE, GOOD])

    with pytest.raises(InvalidRequest):
        behaviour_of(handler)(messages, None)

    assert seen == ["laptop"]
