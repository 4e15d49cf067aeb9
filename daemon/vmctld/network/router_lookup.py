"""Which router or floating IP a reference means to a caller."""

from __future__ import annotations

from vmctld.domain.identity import Caller
from vmctld.domain.names import only_match
from vmctld.domain.router import FloatingIp, Router
from vmctld.storage.database import Tx
from vmctld.storage.repositories import floating_ips, routers

ROUTER_HINT = "vmctl router-list shows what there is"
FLOATING_HINT = "vmctl floating-ip-list shows what there is"


def find_router(tx: Tx, caller: Caller, reference: str) -> Router:
    """Return the router that ``reference`` means.  Raises NotFound, Conflict (ambiguous)."""
    found = routers.routers_named(tx, reference, caller.project_id, any_owner=caller.is_admin)
    return only_match(found, reference, "router", hint=ROUTER_HINT)


def find_floating_ip(tx: Tx, caller: Caller, reference: str) -> FloatingIp:
    """Return the one that an address or id means.  Raises NotFound, Conflict (ambiguous)."""
    found = floating_ips.floating_ips_named(
        tx, reference, caller.project_id, any_owner=caller.is_admin
    )
    return only_match(found, reference, "floating IP", hint=FLOATING_HINT)
