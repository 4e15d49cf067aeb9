"""Streams of messages inside one process: requests as a handler reads them, responses as a
client does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import Context, copy_context
from typing import Any

import grpc

from vmctld.wire.carrier.call import Aborted, LocalCall, LocalContext, LocalRpcError
from vmctld.wire.carrier.method import Handler, Method

_NO_MORE = object()


class Requests:
    """The handler's view of the client's messages, each taken when the handler asks for it.

    The client's iterator runs in the client's contextvars context, whoever pulls it.
    """

    def __init__(
        self,
        method: Method,
        handler: Handler,
        messages: Iterator[Any],
        context: LocalContext,
    ) -> None:
        self._method = method
        self._handler = handler
        self._messages = iter(messages)
        self._context = context
        self._client_vars = copy_context()

    def __iter__(self) -> Requests:
        return self

    def __next__(self) -> Any:
        if not self._context.is_active():
            raise LocalRpcError(self._context)
        try:
            request: Any = self._client_vars.run(next, self._messages, _NO_MORE)
        except Exception as error:
            self._context.end(grpc.StatusCode.UNKNOWN, "Exception iterating requests!")
            raise LocalRpcError(self._context) from error
        if request is _NO_MORE:
            raise StopIteration
        return self._method.to_server(request, self._handler, self._context)


class Responses(LocalCall):
    """The client's view of the handler's messages: an iterator that is also the call.

    One thread at a time iterates; any thread may cancel.  A handler that waits learns of it
    by the callbacks that it added to its context.
    """

    def __init__(
        self,
        method: Method,
        handler: Handler,
        begin: Callable[[LocalContext], Iterator[Any]],
        context: LocalContext,
    ) -> None:
        super().__init__(context)
        self._method = method
        self._handler = handler
        self._begin = begin
        self._messages: Iterator[Any] | None = None
        self._server_vars = Context()
        self._stepping = threading.Lock()

    def __iter__(self) -> Responses:
        return self

    def __next__(self) -> Any:
        message = _NO_MORE
        with self._stepping:
            if not self._context.ended:
                message = self._step()
        self._context.end_if_expired()
        if self._context.ended:
            self._close()
            self._context.raise_if_failed()
            raise StopIteration
        return self._method.to_client(message, self._handler, self._context)

    def cancel(self) -> bool:
        super().cancel()
        self._close()
        return True

    def __del__(self) -> None:
        # A client that drops a stream has left it; its handler must not wait for ever
        self.cancel()

    def _step(self) -> Any:
        """Return the handler's next message; after the last one, end the call."""
        try:
            if self._messages is None:
                self._messages = self._server_vars.run(self._begin, self._context)
            message = self._server_vars.run(next, self._messages, _NO_MORE)
        except Aborted:
            self._context.end()
            return _NO_MORE
        except Exception as error:
            details = f"Exception iterating responses: {error}"
            self._context.end(grpc.StatusCode.UNKNOWN, details)
            raise LocalRpcError(self._context) from error
        if message is _NO_MORE:
            self._context.end()
        return message

    def _close(self) -> None:
        """Let the handler's ``finally`` run, unless it is at work: then its own thread does."""
        if not self._stepping.acquire(blocking=False):
            return
        try:
            messages, self._messages = self._messages, iter(())
            if close := getattr(messages, "close", None):
                self._server_vars.run(close)
        finally:
            self._stepping.release()
