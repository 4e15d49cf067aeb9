"""A number that a host's aggregates set for it."""

from __future__ import annotations

from vmctld.domain.host import HostState


def limit_of(host: HostState, key: str) -> int | None:
    """Return the least of what the host's aggregates say under ``key``; None: no limit.

    What is no number was refused when the metadata was set, and counts as not said.
    """
    values = host.aggregate_metadata.get(key)
    if values is None:
        return None
    return min((int(value) for value in values if value.isdecimal()), default=None)
