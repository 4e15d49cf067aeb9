"""A real servicer behind the real guard, inside the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc

from tests.support.carriers import KnownTokens
from vmctld.domain.identity import Caller
from vmctld.rpc.interceptors import Guard
from vmctld.rpc.services import Services
from vmctld.wire.carrier import LocalChannel, LocalServer


@contextmanager
def serving(
    register: Callable[[Any, grpc.Server], None],
    servicer: object,
    callers: Mapping[str, Caller] | None = None,
) -> Iterator[grpc.Channel]:
    """Yield a channel to ``servicer``.  Tokens: member, admin, service, and ``callers``."""
    tokens, server = KnownTokens(), LocalServer()
    tokens.callers.update(callers or {})
    Services(Guard(tokens), server).add(register, servicer)
    with LocalChannel(server) as channel:
        yield channel
