"""gRPC's method handlers, of whichever of the four kinds."""

import grpc
import pytest

from vmctld.rpc.handlers import behaviour_of, is_stream, with_behaviour

KINDS = [
    (grpc.unary_unary_rpc_method_handler, False),
    (grpc.unary_stream_rpc_method_handler, True),
    (grpc.stream_unary_rpc_method_handler, True),
    (grpc.stream_stream_rpc_method_handler, True),
]


def before(request, context):
    """A behaviour."""


def after(request, context):
    """Another one."""


@pytest.mark.parametrize(("make", "_lasts"), KINDS)
def test_a_handler_of_any_kind_can_be_given_another_behaviour(make, _lasts):
    handler = make(before, bytes, bytes)

    changed = with_behaviour(handler, after)

    assert behaviour_of(handler) is before
    assert behaviour_of(changed) is after
    assert changed.request_streaming == handler.request_streaming
    assert changed.response_streaming == handler.response_streaming
    assert changed.request_deserializer is bytes
    assert changed.response_serializer is bytes


@pytest.mark.parametrize(("make", "lasts"), KINDS)
def test_a_call_with_a_stream_on_either_side_may_last(make, lasts):
    assert is_stream(make(before)) is lasts


def test_a_handler_that_does_nothing_is_a_mistake():
    with pytest.raises(ValueError, match="without a function"):
        behaviour_of(grpc.unary_unary_rpc_method_handler(None))
