"""Puts the services' handlers, each behind the guard, onto every carrier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import grpc

from vmctld.rpc.handlers import Handler
from vmctld.rpc.interceptors import Guard
from vmctld.wire.carrier import LocalServer

Servicer = TypeVar("Servicer")


class Carrier(Protocol):
    """What takes handlers: the server on its sockets, or the one inside the process."""

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, Handler]
    ) -> None:
        """Serve ``method_handlers``, by method name, as ``service_name``."""
        ...


class Services:
    """Takes servicers.  The same wrapped handlers go to all carriers."""

    def __init__(self, guard: Guard, *carriers: Carrier) -> None:
        self._guard = guard
        self._carriers = carriers

    def add(self, register: Callable[[Servicer, grpc.Server], None], servicer: Servicer) -> None:
        """Serve ``servicer``; ``register`` is its generated ``add_XxxServicer_to_server``."""
        found = LocalServer()
        register(servicer, found)
        by_service: dict[str, dict[str, Handler]] = {}
        for full_name, handler in found.handlers.items():
            _, service, method = full_name.split("/")
            guarded = self._guard.wrap(full_name, handler)
            by_service.setdefault(service, {})[method] = guarded
        for service, handlers in by_service.items():
            for carrier in self._carriers:
                carrier.add_registered_method_handlers(service, handlers)
