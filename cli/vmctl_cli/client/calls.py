"""How a call is made: the token, the request id, a deadline, and another try where that helps."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Generic, Protocol, TypeVar

import grpc

from vmctl_cli.client.channel import open_channel
from vmctl_cli.client.failures import failure_from
from vmctl_cli.errors import CliError
from vmctl_cli.session import Session
from vmctl_cli.settings import Settings
from vmctl_cli.streams import error_is_terminal, write_error

CALL_TIMEOUT_S = 60.0
STREAM_TIMEOUT_S = 24 * 3600.0  # nothing runs for ever, but an upload over a thin line may be long
RETRY_DELAYS_S = (0.1, 0.2, 0.4, 0.8)  # a hiccup; whoever has no daemon learns it soon
LONG_RETRY_DELAYS_S = (*RETRY_DELAYS_S, 1.5, *[2.0] * 6)  # a cold start takes some seconds
TELL_AFTER_S = 2.0  # of trying; who looks at a silent terminal wonders

Request = TypeVar("Request")
Response = TypeVar("Response")
Response_co = TypeVar("Response_co", covariant=True)


class Calls:
    """Makes the calls of one command; all of them share one request id."""

    def __init__(self, settings: Settings, session: Session) -> None:
        self._settings = settings
        self._session = session
        self.request_id = f"req-{uuid.uuid4()}"
        self._told_away = False

    @cached_property
    def channel(self) -> grpc.Channel:
        """The connection; raises CliError when nobody can be there."""
        return open_channel(self._settings)

    @property
    def _call_timeout_s(self) -> float:
        return min(self._settings.timeout_s or CALL_TIMEOUT_S, CALL_TIMEOUT_S)

    def token(self) -> str:
        """The token that calls carry; raises CliError when there is none."""
        return self._session.token()

    def unary(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        *,
        repeatable: bool = False,
        patient: bool = False,
        with_token: bool = True,
    ) -> Response:
        """Make one call; a ``repeatable`` one is tried again while the daemon is away.

        A ``patient`` one is tried long enough for a daemon to restart.  A token that the
        daemon takes no longer is replaced once, if the environment says how.
        """
        if with_token:
            self.token()  # signing in is tried again by itself; not once more for each try here
        began_s, delays = time.monotonic(), self._delays(repeatable, patient)
        renewable = with_token
        while True:
            try:
                return self._once(method, request, with_token=with_token)
            except CliError as error:
                if error.class_name == "Unauthenticated" and renewable and self._session.renew():
                    renewable = False
                    continue
                delay = next(delays, None) if error.class_name == "Unavailable" else None
                if delay is None:
                    raise
                if time.monotonic() + delay - began_s > TELL_AFTER_S:
                    self._tell_away()
                time.sleep(delay)

    def stream(
        self,
        method: grpc.UnaryStreamMultiCallable[Request, Response],
        request: Request,
        *,
        timeout_s: float | None = None,
    ) -> Iterator[Response]:
        """Return what the daemon sends for one request."""
        call: Answers[Response] = method(
            request,
            timeout=timeout_s or self._settings.timeout_s or STREAM_TIMEOUT_S,
            metadata=self._metadata(with_token=True),
        )
        yield from Exchange(call, self._failure).answers()

    def upload(
        self,
        method: grpc.StreamUnaryMultiCallable[Request, Response],
        requests: Iterable[Request],
    ) -> Response:
        """Send a stream of messages and return the one answer."""
        try:
            return method(
                iter(requests),
                timeout=self._settings.timeout_s or STREAM_TIMEOUT_S,
                metadata=self._metadata(with_token=True),
            )
        except grpc.RpcError as error:
            raise self._failure(error) from error

    def both_ways(
        self,
        method: grpc.StreamStreamMultiCallable[Request, Response],
        requests: Iterator[Request],
    ) -> Exchange[Response]:
        """Begin to send messages; return what gives those that come back meanwhile."""
        call = method(
            requests,
            timeout=self._settings.timeout_s or STREAM_TIMEOUT_S,
            metadata=self._metadata(with_token=True),
        )
        return Exchange(call, self._failure)

    def _tell_away(self) -> None:
        """Say once that the daemon is away; a script that parses errors is spared it."""
        if not self._told_away and (self._settings.format != "json" or error_is_terminal()):
            write_error("the daemon does not answer; trying again for a while\n")
        self._told_away = True

    def _delays(self, repeatable: bool, patient: bool) -> Iterator[float]:
        """Yield how long to wait before each further try, as long as --timeout allows."""
        ends = time.monotonic() + (self._settings.timeout_s or STREAM_TIMEOUT_S)
        short = RETRY_DELAYS_S if repeatable else ()
        for delay in LONG_RETRY_DELAYS_S if patient else short:
            if time.monotonic() + delay > ends:
                return
            yield delay

    def _once(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        *,
        with_token: bool,
    ) -> Response:
        started = time.monotonic()
        outcome = "OK"
        metadata = self._metadata(with_token=with_token)
        try:
            return method(request, timeout=self._call_timeout_s, metadata=metadata)
        except grpc.RpcError as error:
            failure = self._failure(error)
            outcome = failure.code
            raise failure from error
        finally:
            self._tell(type(request).__name__, outcome, time.monotonic() - started)

    def _metadata(self, *, with_token: bool) -> tuple[tuple[str, str], ...]:
        sent_at = f"{time.time():.6f}"  # when step 3 of a boot began
        metadata = (("x-request-id", self.request_id), ("x-sent-at", sent_at))
        if not with_token:
            return metadata
        return (*metadata, ("authorization", f"Bearer {self.token()}"))

    def _failure(self, error: grpc.RpcError) -> CliError:
        return failure_from(error, endpoint=self._settings.endpoint, request_id=self.request_id)

    def _tell(self, what: str, outcome: str, took_s: float) -> None:
        if self._settings.debug:
            line = f"debug: {what} {outcome} {took_s * 1000:.1f} ms {self.request_id}\n"
            sys.stderr.write(line)


class Answers(Protocol[Response_co]):
    """A call that is under way, and what it brings."""

    def __iter__(self) -> Iterator[Response_co]:
        """Yield what comes."""
        ...

    def cancel(self) -> bool:
        """End it; what has ended already stays as it is."""
        ...


class Exchange(Generic[Response]):
    """A stream of answers whose failures are ours."""

    def __init__(
        self, call: Answers[Response], failure_from: Callable[[grpc.RpcError], CliError]
    ) -> None:
        self._call = call
        self._failure_from = failure_from

    def answers(self) -> Iterator[Response]:
        """Yield what comes; leaving the loop ends the call."""
        try:
            yield from self._call
        except grpc.RpcError as error:
            raise self._failure_from(error) from error
        finally:
            self._call.cancel()

    def cancel(self) -> None:
        """End the call, from any thread."""
        self._call.cancel()
