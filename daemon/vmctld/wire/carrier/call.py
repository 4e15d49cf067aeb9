"""One call inside this process: what the server sees of it, and what the client does.

Both ends of a call over ``LocalChannel`` share one ``LocalContext``; the client's view of it
is a ``LocalCall``, or a ``LocalRpcError`` when it failed.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, NoReturn

import grpc


class Metadatum(NamedTuple):
    """One entry of metadata, as gRPC hands them out."""

    key: str
    value: str | bytes


Metadata = tuple[Metadatum, ...]
PlainMetadata = Iterable[tuple[str, str | bytes]]


class Aborted(Exception):
    """Raised by ``abort`` to leave the handler; the status stands in the context."""


class LocalContext(grpc.ServicerContext):
    """The server's view of a call.  Deadlines are cooperative: the handler has to look."""

    def __init__(self, metadata: PlainMetadata | None, timeout_s: float | None) -> None:
        self._deadline_s = math.inf if timeout_s is None else time.monotonic() + timeout_s
        self.status: grpc.StatusCode | None = None
        self.status_details = ""
        self.initial: Metadata = ()
        self.trailing: Metadata = ()
        self._received = _metadata(metadata)
        self._ended = False
        self._callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @property
    def ended(self) -> bool:
        """True once the call has its status for good."""
        return self._ended

    def raise_if_failed(self) -> None:
        """Raise what the client gets, if the call has any status but OK."""
        if self.status not in (None, grpc.StatusCode.OK):
            self.end()
            raise LocalRpcError(self)

    def end_if_expired(self) -> None:
        """End the call when its deadline has passed: an answer that is late does not count."""
        if time.monotonic() >= self._deadline_s:
            self.end(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")

    def end(self, status: grpc.StatusCode | None = None, details: str = "") -> None:
        """End the call; only the first time counts.  Without a status: as the handler set it."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
            if status is not None:
                self.status, self.status_details = status, details
            elif self.status is None:
                self.status = grpc.StatusCode.OK
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    # grpc.RpcContext

    def is_active(self) -> bool:
        return not self._ended and time.monotonic() < self._deadline_s

    def time_remaining(self) -> float:
        return max(self._deadline_s - time.monotonic(), 0.0)

    def cancel(self) -> bool:
        self.end(grpc.StatusCode.CANCELLED, "Locally cancelled by application!")
        return True

    def add_callback(self, callback: Callable[[], None]) -> bool:
        with self._lock:
            if self._ended:
                return False
            self._callbacks.append(callback)
            return True

    # grpc.ServicerContext

    def invocation_metadata(self) -> Metadata:
        return self._received

    def peer(self) -> str:
        return "local:"

    def peer_identities(self) -> None:
        return None

    def peer_identity_key(self) -> None:
        return None

    def auth_context(self) -> Mapping[str, bytes]:
        return {}

    def send_initial_metadata(self, initial_metadata: PlainMetadata) -> None:
        self.initial = _metadata(initial_metadata)

    def set_trailing_metadata(self, trailing_metadata: PlainMetadata) -> None:
        self.trailing = _metadata(trailing_metadata)

    def trailing_metadata(self) -> Metadata:
        return self.trailing

    def set_code(self, code: grpc.StatusCode) -> None:
        if not self._ended:
            self.status = code

    def set_details(self, details: str) -> None:
        if not self._ended:
            self.status_details = details

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        # gRPC takes an abort with OK for a mistake as well
        ok = code is grpc.StatusCode.OK
        self.set_code(grpc.StatusCode.UNKNOWN if ok else code)
        self.set_details("" if ok else details)
        raise Aborted

    def abort_with_status(self, status: grpc.Status) -> NoReturn:
        self.trailing = _metadata(status.trailing_metadata)
        self.abort(status.code, status.details)


class LocalCall(grpc.Call):
    """The client's view of a call."""

    def __init__(self, context: LocalContext) -> None:
        self._context = context

    def code(self) -> grpc.StatusCode:
        return self._context.status or grpc.StatusCode.OK

    def details(self) -> str:
        return self._context.status_details

    def initial_metadata(self) -> Metadata:
        return self._context.initial

    def trailing_metadata(self) -> Metadata:
        return self._context.trailing

    def is_active(self) -> bool:
        return self._context.is_active()

    def time_remaining(self) -> float:
        return self._context.time_remaining()

    def cancel(self) -> bool:
        return self._context.cancel()

    def add_callback(self, callback: Callable[[], None]) -> bool:
        return self._context.add_callback(callback)


class LocalRpcError(LocalCall, grpc.RpcError):  # type: ignore[misc]  # as gRPC's own: both
    """A call that failed, as a client catches it."""

    def __str__(self) -> str:
        return f"{self.code().name}: {self.details()}"


def _metadata(entries: PlainMetadata | None) -> Metadata:
    return tuple(Metadatum._make(entry) for entry in entries or ())
