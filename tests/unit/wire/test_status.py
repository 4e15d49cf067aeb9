"""Errors as gRPC statuses, and back."""

import json

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from vmctld import errors
from vmctld.errors import NotFound, NoValidHost, VmctlError
from vmctld.wire import status
from vmctld.wire.carrier.call import LocalContext, LocalRpcError


def all_error_classes(error_class=VmctlError):
    """Every class below ``error_class``, however deep."""
    for below in error_class.__subclasses__():
        yield below
        yield from all_error_classes(below)


CLASSES = [found for found in all_error_classes() if found.__module__ == errors.__name__]


def rpc_error(code, details, *trailing):
    """Return what a client catches."""
    context = LocalContext(None, None)
    context.set_trailing_metadata(trailing)
    context.end(code, details)
    return LocalRpcError(context)


def as_caught(error, request_id="req-1"):
    """Return what a client catches when a server raised ``error``."""
    made = status.status_from_error(error, request_id)
    details = (status.DETAILS_KEY, made.SerializeToString())
    return rpc_error(status.status_code_of(error), made.message, details)


def info_of(error):
    """Return the ErrorInfo that a caller of any language finds."""
    info = error_details_pb2.ErrorInfo()
    assert status.status_from_error(error, "req-1").details[0].Unpack(info)
    return info


def test_every_class_of_error_has_a_status_and_no_other_class_has():
    assert set(status.STATUS_OF_CLASS) == set(CLASSES)


@pytest.mark.parametrize("error_class", CLASSES)
def test_every_class_of_error_comes_back_as_it_was(error_class):
    raised = error_class(
        "what happened", code="some-code", hint="what to do", facts={"n": 1, "ids": ["a", None]}
    )

    back = status.error_from_rpc(as_caught(raised))

    assert type(back) is error_class
    assert (back.message, back.code, back.hint) == ("what happened", "some-code", "what to do")
    assert back.facts == {"n": 1, "ids": ["a", None]}


def test_a_class_below_a_known_one_has_that_ones_status():
    class NoSuchFlavor(NotFound):
        """Some part's own."""

    assert status.status_code_of(NoSuchFlavor("gone")) is grpc.StatusCode.NOT_FOUND
    assert type(status.error_from_rpc(as_caught(NoSuchFlavor("gone")))) is NotFound


def test_an_error_of_no_class_at_all_is_a_fault_of_ours():
    assert status.status_code_of(VmctlError("what")) is grpc.StatusCode.INTERNAL


def test_the_reason_is_the_code_in_capitals():
    info = info_of(NoValidHost("no host fits"))

    assert (info.reason, info.domain) == ("NO_VALID_HOST", "vmctl")


def test_metadata_says_all_that_a_caller_needs_to_act():
    error = errors.Unavailable("broker away", hint="Try again.", facts={"host": "a"})

    assert dict(info_of(error).metadata) == {
        "facts": '{"host":"a"}',
        "hint": "Try again.",
        "request_id": "req-1",
        "retryable": "true",
        "class": "Unavailable",
    }


def test_googles_own_reader_understands_the_status():
    found = rpc_status.from_call(as_caught(NotFound("no image called tiny")))

    assert found.code == grpc.StatusCode.NOT_FOUND.value[0]
    assert found.message == "no image called tiny"


def test_facts_stay_under_their_limit_and_name_what_was_left_out():
    facts = {"asked_mib": 512, "hosts": ["compute-" + "x" * 50] * 100, "more": "y" * 4_090}

    written = info_of(NoValidHost("no host fits", facts=facts)).metadata["facts"]

    assert len(written.encode()) <= status.MAX_FACTS_BYTES
    assert json.loads(written) == {"asked_mib": 512, "left_out": ["hosts", "more"]}


def test_facts_of_a_wrong_type_do_not_hide_their_error():
    error = NotFound("gone", facts={"path": errors})

    assert "module 'vmctld.errors'" in info_of(error).metadata["facts"]


def test_long_messages_and_hints_are_cut_between_characters():
    error = NotFound("ü" * 600, hint="é" * 600)

    made = status.status_from_error(error, "req-1")

    assert len(made.message.encode()) <= status.MAX_TEXT_BYTES
    assert made.message == "ü" * 254 + "…"
    assert info_of(error).metadata["hint"].endswith("é…")


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        (grpc.StatusCode.UNAVAILABLE, errors.Unavailable),
        (grpc.StatusCode.CANCELLED, errors.Unavailable),
        (grpc.StatusCode.DEADLINE_EXCEEDED, errors.TimedOut),
        (grpc.StatusCode.OUT_OF_RANGE, errors.InvalidRequest),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, errors.Exhausted),
        (grpc.StatusCode.UNIMPLEMENTED, errors.NotSupported),
        (grpc.StatusCode.UNKNOWN, errors.Internal),
    ],
)
def test_a_status_without_our_details_becomes_the_class_of_its_number(code, error_class):
    back = status.error_from_rpc(rpc_error(code, "said by gRPC"))

    assert type(back) is error_class
    assert back.code == error_class.default_code
    assert back.message == "said by gRPC"


def test_a_status_without_a_word_names_itself():
    back = status.error_from_rpc(rpc_error(grpc.StatusCode.NOT_FOUND, ""))

    assert back.message == "gRPC status NOT_FOUND"


def test_details_that_are_damaged_count_as_none():
    error = rpc_error(grpc.StatusCode.NOT_FOUND, "gone", (status.DETAILS_KEY, b"\xff\xff"))

    assert type(status.error_from_rpc(error)) is NotFound


def test_details_of_a_stranger_count_as_none():
    foreign = error_details_pb2.ErrorInfo(reason="X", domain="example.com")
    carried = status_pb2.Status(code=5, message="gone")
    carried.details.add().Pack(error_details_pb2.RetryInfo())
    carried.details.add().Pack(foreign)

    back = status.error_from_rpc(
        rpc_error(
            grpc.StatusCode.NOT_FOUND,
            "gone",
            ("x-other", "1"),
            (status.DETAILS_KEY, carried.SerializeToString()),
        )
    )

    assert (type(back), back.code) == (NotFound, "not-found")


@pytest.mark.parametrize("facts", ["", "not json", "[1]"])
def test_facts_that_are_none_come_back_empty(facts):
    info = error_details_pb2.ErrorInfo(reason="GONE", domain="vmctl", metadata={"facts": facts})
    carried = status_pb2.Status(code=5, message="gone")
    carried.details.add().Pack(info)

    back = status.error_from_rpc(
        rpc_error(
            grpc.StatusCode.NOT_FOUND, "gone", (status.DETAILS_KEY, carried.SerializeToString())
        )
    )

    assert (type(back), back.code, back.facts) == (NotFound, "gone", {})


def test_a_failure_before_any_status_is_unavailable():
    assert type(status.error_from_rpc(grpc.RpcError())) is errors.Unavailable
