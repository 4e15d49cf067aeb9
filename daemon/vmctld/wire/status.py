"""Errors on the wire: a VmctlError as a gRPC status with google.rpc details, and back again.

``ErrorInfo.reason`` is the error's code in upper case with underscores, its domain is
``vmctl``, its metadata holds what a caller needs to act: facts, hint, request id, whether
trying again may help, and the class.  Lengths are bounded so that a status stays below the
8 KiB above which gRPC begins to drop metadata, even when every character is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from vmctld import errors
from vmctld.errors import Fact, VmctlError

DOMAIN = "vmctl"
DETAILS_KEY = "grpc-status-details-bin"  # where gRPC keeps a google.rpc.Status
MAX_FACTS_BYTES = 4096
MAX_TEXT_BYTES = 512  # of a message and of a hint; escaped, a byte can become three

STATUS_OF_CLASS: Mapping[type[VmctlError], grpc.StatusCode] = {
    errors.InvalidRequest: grpc.StatusCode.INVALID_ARGUMENT,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.Forbidden: grpc.StatusCode.PERMISSION_DENIED,
    errors.AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.WrongState: grpc.StatusCode.FAILED_PRECONDITION,
    errors.Conflict: grpc.StatusCode.ABORTED,
    errors.QuotaExceeded: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.NoValidHost: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Exhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.NotSupported: grpc.StatusCode.UNIMPLEMENTED,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
    errors.TimedOut: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.HypervisorFailed: grpc.StatusCode.INTERNAL,
    errors.Corrupted: grpc.StatusCode.DATA_LOSS,
    errors.Internal: grpc.StatusCode.INTERNAL,
}

# For a status that came without our details: from gRPC itself, or from a stranger
_CLASS_OF_STATUS: Mapping[grpc.StatusCode, type[VmctlError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: errors.InvalidRequest,
    grpc.StatusCode.OUT_OF_RANGE: errors.InvalidRequest,
    grpc.StatusCode.NOT_FOUND: errors.NotFound,
    grpc.StatusCode.UNAUTHENTICATED: errors.Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: errors.Forbidden,
    grpc.StatusCode.ALREADY_EXISTS: errors.AlreadyExists,
    grpc.StatusCode.FAILED_PRECONDITION: errors.WrongState,
    grpc.StatusCode.ABORTED: errors.Conflict,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.Exhausted,
    grpc.StatusCode.UNIMPLEMENTED: errors.NotSupported,
    grpc.StatusCode.UNAVAILABLE: errors.Unavailable,
    grpc.StatusCode.CANCELLED: errors.Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.TimedOut,
    grpc.StatusCode.DATA_LOSS: errors.Corrupted,
}

_CLASS_OF_NAME = {error_class.__name__: error_class for error_class in STATUS_OF_CLASS}


def status_code_of(error: VmctlError) -> grpc.StatusCode:
    """Return the gRPC status of ``error``: its class's, or that of the nearest class above."""
    for error_class in type(error).__mro__:
        if error_class in STATUS_OF_CLASS:
            return STATUS_OF_CLASS[error_class]
    return grpc.StatusCode.INTERNAL


def status_from_error(error: VmctlError, request_id: str) -> status_pb2.Status:
    """Return ``error`` as a google.rpc.Status, its ErrorInfo inside."""
    info = error_details_pb2.ErrorInfo(
        reason=error.code.upper().replace("-", "_"),
        domain=DOMAIN,
        metadata={
            "facts": _facts_json(error.facts),
            "hint": _clipped(error.hint),
            "request_id": request_id,
            "retryable": "true" if error.retryable else "false",
            "class": type(error).__name__,
        },
    )
    number: int = status_code_of(error).value[0]
    status = status_pb2.Status(code=number, message=_clipped(error.message))
    status.details.add().Pack(info)
    return status


def error_from_rpc(rpc_error: grpc.RpcError) -> VmctlError:
    """Return what the other end raised: its class, code, message, hint and facts.

    A status without our details becomes the class that its number stands for.
    """
    if not isinstance(rpc_error, grpc.Call):
        return errors.Unavailable("the connection failed before an answer came")
    for info in _error_infos(rpc_error):
        if info.domain == DOMAIN:
            return _error_from_info(info, rpc_error)
    error_class = _CLASS_OF_STATUS.get(rpc_error.code(), errors.Internal)
    return error_class(rpc_error.details() or f"gRPC status {rpc_error.code().name}")


def _error_from_info(info: error_details_pb2.ErrorInfo, call: grpc.Call) -> VmctlError:
    by_status = _CLASS_OF_STATUS.get(call.code(), errors.Internal)
    error_class = _CLASS_OF_NAME.get(info.metadata["class"], by_status)
    return error_class(
        call.details(),
        code=info.reason.lower().replace("_", "-"),
        hint=info.metadata["hint"],
        facts=_facts_from_json(info.metadata["facts"]),
    )


def _error_infos(call: grpc.Call) -> Iterator[error_details_pb2.ErrorInfo]:
    for key, value in call.trailing_metadata() or ():
        if key != DETAILS_KEY:
            continue
        try:
            details = status_pb2.Status.FromString(value).details
        except DecodeError:
            return
        for detail in details:
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info):
                yield info


def _facts_json(facts: Mapping[str, Fact]) -> str:
    """Return the facts as JSON; the largest go, named in ``left_out``, until the rest fits."""
    text = _compact(facts)
    left_out: list[Fact] = []
    kept = dict(facts)
    while len(text.encode()) > MAX_FACTS_BYTES:
        largest = max(kept, key=lambda name: len(_compact(kept[name])))
        del kept[largest]
        left_out.append(largest)
        text = _compact({**kept, "left_out": left_out})
    return text


def _facts_from_json(text: str) -> dict[str, Fact]:
    try:
        facts = json.loads(text or "{}")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _compact(value: object) -> str:
    # default=str: a fact of a wrong type must not hide the error that it belongs to
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def _clipped(text: str) -> str:
    encoded = text.encode()
    if len(encoded) <= MAX_TEXT_BYTES:
        return text
    return encoded[: MAX_TEXT_BYTES - 3].decode(errors="ignore") + "…"
