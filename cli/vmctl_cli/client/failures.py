"""Reads what a failed call carries: status, ``google.rpc.ErrorInfo``, request id."""

from __future__ import annotations

from typing import Any

import grpc

from vmctl_cli.client.channel import no_daemon
from vmctl_cli.errors import STATUS, CliError, class_of

DETAILS_KEY = "grpc-status-details-bin"
RETRYABLE = ("UNAVAILABLE", "DEADLINE_EXCEEDED")


def failure_from(error: grpc.RpcError, *, endpoint: str, request_id: str) -> CliError:
    """Return the failed call as an error to be shown."""
    assert isinstance(error, grpc.Call)
    status = error.code().name
    reason, metadata = _error_info(error)
    if not reason:
        return _bare(error, status, endpoint=endpoint, request_id=request_id)
    code = reason.lower().replace("_", "-")
    class_name = metadata.get("class") or class_of(code, status)
    return CliError(
        error.details() or code,
        class_name=class_name,
        code=code,
        hint=metadata.get("hint", ""),
        facts=_facts(metadata),
        request_id=metadata.get("request_id") or request_id,
        retryable=metadata.get("retryable", "").lower() == "true",
        exit_code=STATUS.get(status, ("Internal", 1))[1],
    )


def _bare(error: grpc.Call, status: str, *, endpoint: str, request_id: str) -> CliError:
    """Return a failure that gRPC made by itself: nobody there, too late, not known there."""
    if status == "UNAVAILABLE":
        return no_daemon(endpoint)
    class_name, exit_code = STATUS.get(status, ("Internal", 1))
    message, hint = error.details() or status, ""
    if status == "DEADLINE_EXCEEDED":
        message = "the daemon did not answer in time"
        hint = "allow more time with --timeout SECONDS, or look at the daemon with vmctl doctor"
    elif status == "CANCELLED":
        message = "the daemon ended the call before it was done: it is being shut down"
        hint = "try again when it serves again"
    elif status == "UNIMPLEMENTED":
        message = "this daemon does not know that call"
        hint = "vmctl and vmctld may be of different versions"
    return CliError(
        message,
        class_name=class_name,
        code=_CODES.get(class_name, "internal"),
        hint=hint,
        request_id=request_id,
        retryable=status in RETRYABLE,
        exit_code=exit_code,
    )


_CODES = {
    "InvalidRequest": "invalid-request",
    "NotFound": "not-found",
    "Unauthenticated": "unauthenticated",
    "Forbidden": "forbidden",
    "AlreadyExists": "already-exists",
    "WrongState": "wrong-state",
    "Conflict": "conflict",
    "Exhausted": "exhausted",
    "NotSupported": "not-supported",
    "Unavailable": "unavailable",
    "TimedOut": "timed-out",
    "Corrupted": "corrupted",
}


def _error_info(error: grpc.Call) -> tuple[str, dict[str, str]]:
    """Return reason and metadata of the call's ``ErrorInfo``; empty ones if it has none."""
    packed = next(
        (value for key, value in error.trailing_metadata() or () if key == DETAILS_KEY), None
    )
    if not isinstance(packed, bytes):
        return "", {}
    from google.protobuf.message import DecodeError
    from google.rpc import error_details_pb2, status_pb2

    info = error_details_pb2.ErrorInfo()
    try:
        status = status_pb2.Status.FromString(packed)
        for detail in status.details:
            if detail.Unpack(info):
                return info.reason, dict(info.metadata)
    except DecodeError:
        return "", {}  # something between us and the daemon cut it off: the status still counts
    return "", {}


def _facts(metadata: dict[str, str]) -> dict[str, Any]:
    import json

    try:
        facts = json.loads(metadata.get("facts", "{}"))
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
