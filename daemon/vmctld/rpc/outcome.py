"""How a call ends: its status for the caller, one line for the log."""

from __future__ import annotations

import time
from typing import NoReturn

import grpc
import structlog

from vmctld.errors import Internal, VmctlError
from vmctld.observe import metrics
from vmctld.observe.context import current
from vmctld.observe.log import is_debugging
from vmctld.wire.metadata import REQUEST_ID
from vmctld.wire.status import DETAILS_KEY, status_code_of, status_from_error

SLOW_MS = 1_000.0
_OUR_FAULT = (grpc.StatusCode.INTERNAL, grpc.StatusCode.DATA_LOSS)

log = structlog.get_logger(__name__)


def done(method: str, began_s: float) -> None:
    """Note that a call was answered."""
    ms = _counted(method, grpc.StatusCode.OK, began_s)
    if ms >= SLOW_MS:
        log.warning("slow call", method=method, ms=ms, user=_user())
    elif is_debugging():
        log.debug("call", method=method, ms=ms, user=_user())


def stream_done(method: str, began_s: float) -> None:
    """Note that a stream came to its end, however long it was."""
    ms = _counted(method, grpc.StatusCode.OK, began_s)
    log.debug("stream ended", method=method, ms=ms, user=_user())


def fail(context: grpc.ServicerContext, method: str, began_s: float, cause: Exception) -> NoReturn:
    """End the call with what went wrong: words and facts for the caller, all of it in the log.

    Whatever is not a VmctlError is a fault of ours; the caller gets the request's id, by
    which the log has the rest.
    """
    if isinstance(cause, grpc.RpcError):
        # Clients turn theirs into VmctlErrors: this one is the caller's stream, cut off
        ms = _counted(method, grpc.StatusCode.CANCELLED, began_s)
        log.debug("caller has gone", method=method, ms=ms, user=_user())
        context.abort(grpc.StatusCode.CANCELLED, "the caller has gone")
    if isinstance(cause, VmctlError):
        error = cause
    else:
        facts = {"request_id": current().request_id}
        error = Internal("something of ours went wrong", facts=facts)
    _note_failure(method, began_s, error, cause)
    refuse(context, error, current().request_id)


def refuse(context: grpc.ServicerContext, error: VmctlError, request_id: str) -> NoReturn:
    """End the call with ``error`` as its status."""
    status = status_from_error(error, request_id)
    details = (DETAILS_KEY, status.SerializeToString())
    context.set_trailing_metadata(((REQUEST_ID, request_id), details))
    context.abort(status_code_of(error), status.message)


def _note_failure(method: str, began_s: float, error: VmctlError, cause: Exception) -> None:
    status = status_code_of(error)
    ms = _counted(method, status, began_s)
    if status in _OUR_FAULT:
        log.error(
            "call failed", exc_info=cause, method=method, code=error.code, ms=ms, user=_user()
        )
    else:
        log.info(
            "call refused", method=method, code=error.code, ms=ms, user=_user(), why=error.message
        )


def _user() -> str:
    validation = current().validation
    return validation.caller.user_name if validation else ""


def _counted(method: str, status: grpc.StatusCode, began_s: float) -> float:
    """Count a call that has ended; return how long it took, in milliseconds."""
    took_s = time.perf_counter() - began_s
    metrics.current().call_ended(method, status.name, took_s)
    return round(took_s * 1_000, 3)
