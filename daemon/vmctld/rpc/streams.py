"""Streams have threads of their own and an upper number: idle ones must not starve short calls."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from vmctld.errors import Exhausted
from vmctld.rpc import outcome
from vmctld.rpc.handlers import Behaviour, Handler, behaviour_of, is_stream, with_behaviour
from vmctld.rpc.interceptors import id_and_token

MAX_STREAMS = 256
REFUSERS = 8  # threads above the number of streams, so that one too many is told so


class StreamSlots:
    """Hands out at most ``max_streams`` slots, and ends the streams that hold one."""

    def __init__(self, max_streams: int = MAX_STREAMS) -> None:
        self._max_streams = max_streams
        self._pool = ThreadPoolExecutor(max_streams + REFUSERS, thread_name_prefix="rpc-stream")
        self._lock = threading.Lock()
        self._active: set[grpc.ServicerContext] = set()

    def wrap(self, handler: Handler) -> Handler:
        """Return ``handler`` as it is, or behind a slot if its calls may last."""
        behaviour = behaviour_of(handler)
        # One that holds no thread while it waits (gRPC's health watch) needs no slot
        if not is_stream(handler) or hasattr(behaviour, "experimental_non_blocking"):
            return handler
        make = self._around_stream if handler.response_streaming else self._around_answer
        in_slot = make(behaviour)
        # gRPC runs a handler on the pool that it brings under this name
        in_slot.experimental_thread_pool = self._pool  # type: ignore[attr-defined]
        return with_behaviour(handler, in_slot)

    def end_all(self) -> None:
        """End every stream now; their callers learn that the call was cancelled."""
        with self._lock:
            active = list(self._active)
        for context in active:
            context.cancel()

    def close(self) -> None:
        """Let the threads go once their streams have ended."""
        self._pool.shutdown(wait=False)

    def _around_stream(self, behaviour: Behaviour) -> Behaviour:
        def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            with self._slot(context):
                yield from behaviour(request, context)

        return stream

    def _around_answer(self, behaviour: Behaviour) -> Behaviour:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            with self._slot(context):
                return behaviour(request, context)

        return answer

    @contextmanager
    def _slot(self, context: grpc.ServicerContext) -> Iterator[None]:
        with self._lock:
            taken = len(self._active)
            if taken < self._max_streams:
                self._active.add(context)
        if taken >= self._max_streams:
            request_id, _token = id_and_token(context)
            outcome.refuse(context, _too_many(taken), request_id)
        try:
            yield
        finally:
            with self._lock:
                self._active.discard(context)


def _too_many(taken: int) -> Exhausted:
    return Exhausted(
        f"all {taken} streams that this daemon serves at once are in use",
        code="too-many-streams",
        hint="End a watch, a console or a transfer, or try again later.",
        facts={"streams": taken},
    )
