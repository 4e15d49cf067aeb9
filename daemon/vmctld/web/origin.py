"""Which pages may open a WebSocket here: our own, and programs that are no pages."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit


def is_our_own(origin: str | None, host: str | None, public_url: str) -> bool:
    """Return whether what asks is one of our pages, or no page at all.

    ``origin`` and ``host`` are the request's headers.  A browser names the page that asks in
    ``Origin`` and lets no page change it (RFC 6454, 7.3); other programs send none.  A page of
    ours comes from where it connects to, or from what a proxy is called.
    """
    if origin is None:
        return True
    return _authority(origin) in _authorities(host, public_url)


def _authorities(host: str | None, public_url: str) -> Collection[str]:
    ours = {_authority(public_url)}
    if host:
        ours.add(host.lower())
    return ours


def _authority(url: str) -> str:
    return urlsplit(url).netloc.lower()
