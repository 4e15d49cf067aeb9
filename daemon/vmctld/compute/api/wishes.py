"""From the hints and the zone of a boot to what the scheduler is to heed, checked as the caller."""

from __future__ import annotations

import zlib
from dataclasses import replace

from vmctld.compute import hypervisors, server_groups
from vmctld.compute.api.instances import find as find_instance
from vmctld.compute.scheduler.query import parse_query
from vmctld.domain.boot_request import BootRequest
from vmctld.domain.identity import Caller
from vmctld.domain.image import Image
from vmctld.domain.names import shown
from vmctld.domain.wishes import Wishes
from vmctld.errors import Forbidden, InvalidRequest, NotSupported
from vmctld.storage.database import Database, Tx

HINTS = ("group", "same_host", "different_host", "query")
MAX_HINTS = 64
_OF_ADDRESSES = ("build_near_host_ip", "cidr")


def zone_and_host(caller: Caller, text: str | None) -> tuple[str | None, str | None]:
    """Return zone and forced host out of nova's ``zone[:host[:node]]``.

    A node is its host here.  Raises Forbidden, InvalidRequest.
    """
    if not text:
        return None, None
    zone, colon, rest = text.partition(":")
    host, _, node = rest.partition(":")
    if colon and not (host or node):
        raise InvalidRequest(
            "the availability zone names no host behind its colon",
            code="invalid-availability-zone",
            hint="ZONE, or ZONE:HOST",
        )
    if host and node and host != node:
        raise InvalidRequest(
            f"node {shown(node)} is not on host {shown(host)}",
            code="invalid-availability-zone",
            hint="ZONE:HOST; a host is its only node",
        )
    if colon:
        _require_admin(caller)
    return zone or None, host or node or None


def wishes_of(
    database: Database, caller: Caller, request: BootRequest, image: Image | None, digest: str
) -> Wishes:
    """Return what a boot asks of the scheduler, names resolved.

    The seed follows from the request, so that a dry run and the boot itself agree.
    Raises InvalidRequest, NotFound, Conflict (ambiguous), Forbidden, NotSupported.
    """
    wishes = Wishes(
        seed=zlib.crc32(digest.encode()),
        image_properties=dict(image.properties) if image else {},
    )
    if not request.hints and request.host is None:
        return wishes
    hints = _by_key(request)
    if request.host is not None:
        _require_admin(caller)
    with database.read() as tx:
        host = hypervisors.find(tx, request.host).name if request.host else None
        return replace(
            wishes,
            requested_host=host,
            group_id=_group(tx, caller, hints["group"]),
            same_host=_instances(tx, caller, hints["same_host"]),
            different_host=_instances(tx, caller, hints["different_host"]),
            query=_query(hints["query"]),
        )


def seed_of(wishes: Wishes, number: int) -> Wishes:
    """Return the wishes of the ``number``-th server of a request: each draws its own seed."""
    return replace(wishes, seed=zlib.crc32(f"{wishes.seed}/{number}".encode()))


def _by_key(request: BootRequest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {key: [] for key in HINTS}
    if len(request.hints) > MAX_HINTS:
        raise _invalid(f"{len(request.hints)} hints, {MAX_HINTS} at most")
    for hint in request.hints:
        if hint.key in _OF_ADDRESSES:
            raise NotSupported(
                f"the hint {hint.key} is not supported: hosts have no addresses of their own here",
                hint="the hint same_host names a server to be near to",
            )
        if hint.key not in found:
            raise _invalid(f"there is no hint {shown(hint.key[:64])}")
        found[hint.key].append(hint.value)
    return found


def _group(tx: Tx, caller: Caller, values: list[str]) -> str | None:
    if not values:
        return None
    if len(values) > 1:
        raise _invalid("a server is in one group at most")
    return server_groups.find(tx, caller, values[0]).id


def _instances(tx: Tx, caller: Caller, values: list[str]) -> tuple[str, ...]:
    """Return the ids of servers; several may be in one value, separated by commas."""
    names = [name for value in values for name in value.split(",") if name.strip()]
    return tuple(find_instance(tx, caller, name).id for name in names)


def _query(values: list[str]) -> str | None:
    if not values:
        return None
    if len(values) > 1:
        raise _invalid("one query is enough", 'join conditions with ["and", ...]')
    parse_query(values[0])
    return values[0]


def _require_admin(caller: Caller) -> None:
    if not caller.is_admin:
        raise Forbidden("only an admin may choose the host", code="forced-host-forbidden")


def _invalid(problem: str, hint: str = "") -> InvalidRequest:
    return InvalidRequest(
        problem, code="invalid-hint", hint=hint or "the hints are " + ", ".join(HINTS)
    )
