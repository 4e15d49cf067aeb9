"""Consoles in a browser: their service, and the door that browsers come through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vmctl.v1.console_pb2_grpc import add_ConsoleServiceServicer_to_server
from vmctld.compute.api.consoles import Consoles
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.web_consoles import WebConsoles
from vmctld.domain.clock import utc_now
from vmctld.errors import NotSupported
from vmctld.identity.tokens import Tokens
from vmctld.rpc.servicers.console import ConsoleServicer
from vmctld.rpc.services import Services

if TYPE_CHECKING:
    from vmctld.config import Settings


def serve_consoles(
    services: Services, instances: Instances, consoles: Consoles, tokens: Tokens
) -> WebConsoles:
    """Put the service behind the guard; it refuses until the door for browsers is open."""
    web = WebConsoles(instances, consoles, tokens, utc_now)
    services.add(add_ConsoleServiceServicer_to_server, ConsoleServicer(web))
    return web


def open_web_door(settings: Settings, consoles: WebConsoles) -> Callable[[], None]:
    """Serve browsers if the operator wants that; return what ends it.

    Its library is imported only then.  Raises InvalidRequest, Unavailable (address in use),
    NotSupported (``web-library-missing``).
    """
    if settings.web_listen is None:
        return lambda: None
    from vmctld.web.address import WebAddress

    try:
        from vmctld.web.door import WebDoor
    except ModuleNotFoundError as error:
        raise NotSupported(
            "consoles for browsers need a library that is not installed",
            code="web-library-missing",
            hint="pip install 'vmctl[web]'",
        ) from error

    address = WebAddress.of(
        settings.web_listen, settings.tls_cert, settings.tls_key, settings.web_url, settings.host
    )
    door = WebDoor(address, consoles)
    consoles.serve_at(door.url)
    return door.close
