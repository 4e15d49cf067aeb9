"""Keeps callers from a daemon that is not ready yet, and tells them what it waits for.

Only the sockets are behind the gate: inside the process the parts call each other while they
start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc

from vmctld.errors import Unavailable, VmctlError
from vmctld.rpc import outcome
from vmctld.rpc.handlers import Handler, behaviour_of, with_behaviour
from vmctld.rpc.interceptors import id_and_token

DIAGNOSIS = ("/vmctl.v1.IdentityService/", "/vmctl.v1.OperatorService/")
"""What an operator needs to ask why the daemon does not get ready."""

Hindrance = Callable[[], VmctlError | None]


class Gate:
    """Shut until it is opened, wide or for those alone who look for the cause.  Thread-safe."""

    def __init__(self) -> None:
        self._hindrance: Hindrance = _starting
        self._passes: tuple[str, ...] = ()
        self._is_open = False

    def shut(self, hindrance: Hindrance, *, but_for_diagnosis: bool = False) -> None:
        """Tell callers what is still missing; let operators in who want to look, if so."""
        self._hindrance = hindrance
        self._passes = DIAGNOSIS if but_for_diagnosis else ()

    def open(self) -> None:
        """Let everybody in."""
        self._is_open = True

    def wrap(self, method: str, handler: Handler) -> Handler:
        """Return ``handler`` behind the gate."""
        behaviour = behaviour_of(handler)

        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            self._check(method, context)
            return behaviour(request, context)

        def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            self._check(method, context)
            yield from behaviour(request, context)

        return with_behaviour(handler, stream if handler.response_streaming else answer)

    def _check(self, method: str, context: grpc.ServicerContext) -> None:
        if self._is_open or method.startswith(self._passes):
            return
        request_id, _token = id_and_token(context)
        outcome.refuse(context, self._hindrance() or _starting(), request_id)


def _starting() -> VmctlError:
    return Unavailable(
        "the daemon is starting",
        code="starting",
        hint="Try again in a moment; its log says what it waits for.",
    )
