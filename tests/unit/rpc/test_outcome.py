"""How a call ends, in its status and in the log."""

import io
import json
import time

import grpc
import pytest

from tests.support.counting import counting
from vmctld.errors import HypervisorFailed, NotFound
from vmctld.observe import log
from vmctld.observe.context import bind
from vmctld.rpc import outcome
from vmctld.wire.carrier.call import Aborted, LocalContext

METHOD = "/vmctl.v1.ComputeService/GetInstance"


@pytest.fixture
def lines():
    """What is logged from debug on, as a function that reads it."""
    stream = io.StringIO()
    log.configure("debug", "json", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    log.configure()


def fail_with(cause, context=None):
    """End a call with ``cause`` and return its context."""
    context = context or LocalContext(None, None)
    with bind(request_id="req-1"), pytest.raises(Aborted):
        outcome.fail(context, METHOD, time.perf_counter(), cause)
    return context


def test_a_call_that_went_well_is_a_line_for_debugging(lines):
    outcome.done(METHOD, time.perf_counter())

    (line,) = lines()
    assert (line["level"], line["event"], line["method"]) == ("debug", "call", METHOD)
    assert line["ms"] >= 0


def test_a_slow_call_is_a_warning(lines):
    outcome.done(METHOD, time.perf_counter() - 2)

    (line,) = lines()
    assert (line["level"], line["event"]) == ("warning", "slow call")


def test_a_stream_that_lasted_is_not_slow(lines):
    outcome.stream_done(METHOD, time.perf_counter() - 3_600)

    (line,) = lines()
    assert (line["level"], line["event"]) == ("debug", "stream ended")


def test_a_refusal_is_logged_with_its_code_and_without_a_traceback(lines):
    context = fail_with(NotFound("no instance called web", code="instance-not-found"))

    (line,) = lines()
    assert (line["level"], line["code"]) == ("info", "instance-not-found")
    assert (line["request_id"], line["why"]) == ("req-1", "no instance called web")
    assert "exception" not in line
    assert context.status is grpc.StatusCode.NOT_FOUND


def test_a_failure_of_ours_is_logged_with_its_cause(lines):
    fail_with(HypervisorFailed("QEMU ended at once"))

    (line,) = lines()
    assert line["level"] == "error"
    assert "HypervisorFailed" in line["exception"]


def test_an_unforeseen_error_is_logged_whole_and_told_by_its_id(lines):
    context = fail_with(KeyError("somewhere inside"))

    (line,) = lines()
    assert "somewhere inside" in line["exception"]
    assert (line["level"], line["code"]) == ("error", "internal")
    assert context.status is grpc.StatusCode.INTERNAL
    assert context.status_details == "something of ours went wrong"


def test_a_caller_that_has_gone_is_nobodys_fault(lines):
    context = fail_with(grpc.RpcError())

    (line,) = lines()
    assert (line["level"], line["event"]) == ("debug", "caller has gone")
    assert context.status is grpc.StatusCode.CANCELLED


def test_every_end_of_a_call_is_counted_with_its_status():
    with counting() as counts:
        outcome.done(METHOD, time.perf_counter())
        outcome.stream_done(METHOD, time.perf_counter())
        for cause in (NotFound("gone"), KeyError(), grpc.RpcError()):
            fail_with(cause)

    assert counts.calls == [
        (METHOD, code) for code in ("OK", "OK", "NOT_FOUND", "INTERNAL", "CANCELLED")
    ]
