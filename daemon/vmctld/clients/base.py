"""What all clients of services share: metadata, deadlines, errors turned back into ours.

A client is built over any ``grpc.Channel``, a real one or the carrier into this process, and
fills a protocol that a service or the agent declares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import grpc

from vmctld.domain.identity import StepTiming
from vmctld.observe import context as request_context
from vmctld.wire.metadata import AUTHORIZATION, REQUEST_ID, validated_timing
from vmctld.wire.status import error_from_rpc

DEFAULT_TIMEOUT_S = 30.0

Request = TypeVar("Request")
Response = TypeVar("Response")
TokenSource = Callable[[], str]


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
        call = method(request, timeout=timeout_s, metadata=self._metadata())
        try:
            yield from call
        except grpc.RpcError as error:
            raise error_from_rpc(error) from error
        finally:
            call.cancel()

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        context = request_context.current()
        token = self._token() if self._token else context.token
        request_id = context.request_id or request_context.new_request_id()
        if token is None:
            return ((REQUEST_ID, request_id),)
        return (REQUEST_ID, request_id), (AUTHORIZATION, f"Bearer {token}")


def _allowed_s(timeout_s: float) -> float:
    """Return the time that a call may take; raises TimedOut when none is left."""
    request_context.check_deadline("another service was to be asked")
    return request_context.shorter_s(timeout_s)
