"""What belongs to the request being served: its id, its deadline, who asks.

Held by a context variable, so that a log line or a wait deep inside a service finds it
without a parameter through every layer.  Nothing here is ever written to a log as a whole:
``token`` is a secret.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from vmctld.domain.identity import Validation
from vmctld.errors import TimedOut


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request as seen from inside.  ``deadline_s`` is on the monotonic clock."""

    request_id: str = ""  # empty: nobody's request
    deadline_s: float | None = None
    token: str | None = field(default=None, repr=False)  # the bearer token that came with it
    validation: Validation | None = None


_NOBODYS = RequestContext()
_CURRENT: ContextVar[RequestContext] = ContextVar("vmctld_request", default=_NOBODYS)


def current() -> RequestContext:
    """Return the request being served; outside of any, an empty one."""
    return _CURRENT.get()


def enter(context: RequestContext) -> None:
    """Make ``context`` the current one until this thread's contextvars context ends.

    For whoever serves calls: each call runs in a contextvars context of its own.
    """
    _CURRENT.set(context)


@contextmanager
def bind(
    *,
    request_id: str | None = None,
    timeout_s: float | None = None,
    token: str | None = None,
) -> Iterator[RequestContext]:
    """Work on behalf of a request for the length of a block; what is not given stays.

    A timeout can only bring the deadline nearer, never push it away.
    """
    outer = current()
    deadline_s = outer.deadline_s
    if timeout_s is not None:
        deadline_s = time.monotonic() + shorter_s(timeout_s)
    context = RequestContext(
        outer.request_id if request_id is None else request_id,
        deadline_s,
        outer.token if token is None else token,
        outer.validation,
    )
    mark = _CURRENT.set(context)
    try:
        yield context
    finally:
        _CURRENT.reset(mark)


def remaining_s() -> float | None:
    """Return how long the current request may still take, never negative; None: for ever."""
    deadline_s = _CURRENT.get().deadline_s
    if deadline_s is None:
        return None
    return max(deadline_s - time.monotonic(), 0.0)


def shorter_s(limit_s: float) -> float:
    """Return ``limit_s``, or what is left of the current request if that is less: for waits."""
    left_s = remaining_s()
    return limit_s if left_s is None else min(limit_s, left_s)


def check_deadline(doing: str) -> None:
    """Raise TimedOut when the current request's time is up; ``doing`` says during what."""
    deadline_s = _CURRENT.get().deadline_s
    if deadline_s is not None and time.monotonic() >= deadline_s:
        raise TimedOut(
            f"the request's deadline passed while {doing}",
            hint="Try again, with a longer --timeout if there is one.",
            facts={"doing": doing},
        )


def new_request_id() -> str:
    """Return a fresh request id: ``req-`` and a UUID, as nova has them."""
    return f"req-{uuid.uuid4()}"
