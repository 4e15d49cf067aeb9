"""What happens around every call: request id, deadline, token, role, and how it ends.

Handlers are wrapped once, when they are registered, and the same wrapped handlers serve the
socket and the calls inside the process.  (gRPC's own interceptors are asked anew for each
call, on the one thread that serves all connections.)
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import grpc

from vmctld.domain.identity import TokenKind, Validation
from vmctld.errors import Unauthenticated
from vmctld.observe import failpoints
from vmctld.observe.context import RequestContext, enter, new_request_id
from vmctld.observe.failpoints import Phase
from vmctld.rpc import outcome
from vmctld.rpc.handlers import Behaviour, Handler, behaviour_of, with_behaviour
from vmctld.rpc.readable import readable
from vmctld.rpc.roles import RULES, Rule, authorize
from vmctld.wire.metadata import AUTHORIZATION, REQUEST_ID, Metadatum, validated_entry

DEFAULT_TIMEOUT_S = 60.0  # of a call without a deadline that has one message there and one back
_POINTS_BEFORE = {
    "/vmctl.v1.ComputeService/BootInstance": "4",
    "/vmctl.v1.ImageService/LocateImage": "20",
    "/vmctl.v1.NetworkService/EnsurePorts": "23",
    "/vmctl.v1.VolumeService/ConnectVolumes": "26",
}
_POINTS_AFTER = {**_POINTS_BEFORE, "/vmctl.v1.ComputeService/BootInstance": "5"}
"""Failpoints of the steps in which a service asks identity about a token."""
FOREVER_S = 10**8  # where a call has no deadline, gRPC says infinity or a number above this

_REQUEST_ID = re.compile(r"req-[0-9a-f-]{36}\Z")


class TokenValidator(Protocol):
    """Says whose token it is: identity, over any carrier."""

    def validate(self, token: str) -> Validation:
        """Return whose it is; raises Unauthenticated, or Unavailable when it cannot be known."""
        ...


class Guard:
    """Stands in front of the handlers of all services."""

    def __init__(self, validator: TokenValidator) -> None:
        self._validator = validator

    def wrap(self, method: str, handler: Handler) -> Handler:
        """Return ``handler`` behind the guard.  A KeyError: the role table lacks ``method``."""
        handler = readable(handler)
        rule, behaviour = RULES[method], behaviour_of(handler)
        if handler.response_streaming:
            return with_behaviour(handler, self._around_stream(method, rule, behaviour))
        if handler.request_streaming:  # takes as long as its sender needs
            around = self._around_answer(method, rule, behaviour, None, outcome.stream_done)
        else:
            around = self._around_answer(method, rule, behaviour, DEFAULT_TIMEOUT_S, outcome.done)
        return with_behaviour(handler, around)

    def _around_answer(
        self,
        method: str,
        rule: Rule,
        behaviour: Behaviour,
        timeout_s: float | None,
        done: Callable[[str, float], None],
    ) -> Behaviour:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            began_s = time.perf_counter()
            try:
                self._admit(method, rule, context, timeout_s)
                response = behaviour(request, context)
            except Exception as error:
                outcome.fail(context, method, began_s, error)
            done(method, began_s)
            return response

        return answer

    def _around_stream(self, method: str, rule: Rule, behaviour: Behaviour) -> Behaviour:
        def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            began_s = time.perf_counter()
            try:
                self._admit(method, rule, context, None)
                yield from behaviour(request, context)
            except Exception as error:
                outcome.fail(context, method, began_s, error)
            outcome.stream_done(method, began_s)

        return stream

    def _admit(
        self,
        method: str,
        rule: Rule,
        context: grpc.ServicerContext,
        default_timeout_s: float | None,
    ) -> None:
        """Make the call's request the current one; raise what its caller lacks."""
        request_id, token = id_and_token(context)
        deadline_s = _deadline_s(context, default_timeout_s)
        enter(RequestContext(request_id, deadline_s))
        context.set_trailing_metadata(((REQUEST_ID, request_id),))
        if rule.public:
            return
        if token is None:
            raise Unauthenticated(
                "this call needs a token and brought none",
                code="no-token",
                hint="Sign in with `vmctl login`.",
            )
        failpoints.hit(_POINTS_BEFORE.get(method, ""), Phase.BEFORE)
        validation = self._validator.validate(token)
        failpoints.hit(_POINTS_AFTER.get(method, ""), Phase.AFTER_EFFECT)
        authorize(validation.caller, method, rule)
        enter(RequestContext(request_id, deadline_s, token, validation))
        if validation.caller.kind is TokenKind.BUILD:
            # The build records this validation as its step 20, 23 or 26
            entries: tuple[Metadatum, ...] = ((REQUEST_ID, request_id),)
            context.set_trailing_metadata((*entries, validated_entry(validation)))


def id_and_token(context: grpc.ServicerContext) -> tuple[str, str | None]:
    """Return the request's id, drawn now if it brought no good one, and its bearer token."""
    request_id, token = "", ""
    for key, value in context.invocation_metadata():
        if key == REQUEST_ID and isinstance(value, str) and _REQUEST_ID.match(value):
            request_id = value
        elif key == AUTHORIZATION and isinstance(value, str):
            scheme, _, credentials = value.partition(" ")
            token = credentials.strip() if scheme.lower() == "bearer" else ""
    return request_id or new_request_id(), token or None


def _deadline_s(context: grpc.ServicerContext, default_timeout_s: float | None) -> float | None:
    left_s = context.time_remaining()
    if left_s < FOREVER_S:
        return time.monotonic() + left_s
    return None if default_timeout_s is None else time.monotonic() + default_timeout_s
