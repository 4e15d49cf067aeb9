"""What all clients of services share: metadata, deadlines, errors turned back into ours.

A client is built over any ``grpc.Channel``, a real one or the carrier into this process, and
fills a protocol that a service or the agent declares.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import grpc

from vmctld.domain.identity import StepTiming
from vmctld.errors import VmctlError
from vmctld.observe import context as request_context
from vmctld.wire.metadata import AUTHORIZATION, REQUEST_ID, validated_timing
from vmctld.wire.status import error_from_rpc

DEFAULT_TIMEOUT_S = 30.0

Request = TypeVar("Request")
Response = TypeVar("Response")
Response_co = TypeVar("Response_co", covariant=True)
TokenSource = Callable[[], str]
OnEnd = Callable[[Callable[[], None]], object]
"""Takes what shall be called when the user's end of a stream is over, however it ended."""


class Answers(Protocol[Response_co]):
    """A call that is under way, and what it brings."""

    def __iter__(self) -> Iterator[Response_co]:
        """Yield what comes."""
        ...

    def cancel(self) -> bool:
        """End it; what has ended already stays as it is."""
        ...


class ServiceClient:
    """Calls a service's methods on behalf of the current request.

    ``token`` gives the bearer token of every call; without it, the token of the request
    that is being served goes along.
    """

    def __init__(self, token: TokenSource | None = None) -> None:
        self._token = token

    def _call(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> Response:
        """Return the answer; raises the VmctlError that the other end raised."""
        timeout_s = _allowed_s(timeout_s)
        try:
            return method(request, timeout=timeout_s, metadata=self._metadata())
        except grpc.RpcError as error:
            raise error_from_rpc(error) from error

    def _call_timed(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> tuple[Response, StepTiming | None]:
        """Return the answer and how long the other end took to validate the token.

        The timing comes with a build token only: steps 20, 23 and 26.
        """
        timeout_s = _allowed_s(timeout_s)
        try:
            response, call = method.with_call(request, timeout=timeout_s, metadata=self._metadata())
        except grpc.RpcError as error:
            raise error_from_rpc(error) from error
        return response, validated_timing(call)

    def _stream(
        self,
        method: grpc.UnaryStreamMultiCallable[Request, Response],
        request: Request,
        timeout_s: float | None = None,
    ) -> Iterator[Response]:
        """Yield the answers as they come; leaving the loop early ends the call."""
        timeout_s = request_context.remaining_s() if timeout_s is None else _allowed_s(timeout_s)
        yield from _answers(method(request, timeout=timeout_s, metadata=self._metadata()))

    def _upload(
        self,
        method: grpc.StreamUnaryMultiCallable[Request, Response],
        requests: Iterator[Request],
    ) -> Response:
        """Return the answer to a stream of requests, within the time that is left."""
        timeout_s = request_context.remaining_s()
        try:
            return method(requests, timeout=timeout_s, metadata=self._metadata())
        except grpc.RpcError as error:
            raise error_from_rpc(error) from error

    def _exchange(
        self,
        method: grpc.StreamStreamMultiCallable[Request, Response],
        requests: Iterator[Request],
        on_end: OnEnd,
    ) -> Iterator[Response]:
        """Yield the answers to ``requests`` until one end leaves.

        ``on_end`` is given what ends the call from outside, which is no failure.
        """
        call = method(requests, metadata=self._metadata())
        left = threading.Event()

        def leave() -> None:
            left.set()
            call.cancel()

        on_end(leave)
        try:
            yield from _answers(call)
        except VmctlError:
            if not left.is_set():
                raise

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        context = request_context.current()
        token = self._token() if self._token else context.token
        request_id = context.request_id or request_context.new_request_id()
        if token is None:
            return ((REQUEST_ID, request_id),)
        return (REQUEST_ID, request_id), (AUTHORIZATION, f"Bearer {token}")


def _answers(call: Answers[Response]) -> Iterator[Response]:
    """Yield what a call brings; leaving the loop early ends it."""
    try:
        yield from call
    except grpc.RpcError as error:
        raise error_from_rpc(error) from error
    finally:
        call.cancel()


def _allowed_s(timeout_s: float) -> float:
    """Return the time that a call may take; raises TimedOut when none is left."""
    request_context.check_deadline("another service was to be asked")
    return request_context.shorter_s(timeout_s)
