"""MAC addresses of ports."""

from __future__ import annotations

import re
import secrets

from vmctld.domain.names import shown
from vmctld.errors import InvalidRequest

_OUI = "fa:16:3e"  # locally administered; what OpenStack gives its guests, so firewalls know it
_MAC = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}", re.ASCII)
_MULTICAST_BIT = 0x01  # of the first byte (IEEE 802, group address)


def random_mac() -> str:
    """Return a MAC that is most likely nobody's yet; the database's key makes sure."""
    tail = secrets.token_bytes(3)
    return f"{_OUI}:{tail[0]:02x}:{tail[1]:02x}:{tail[2]:02x}"


def parse_mac(text: str) -> str:
    """Return the MAC in ``text`` in its usual form.  Raises InvalidRequest (``invalid-mac``)."""
    mac = text.strip().lower()
    if not _MAC.fullmatch(mac):
        raise _invalid(text, "is no MAC address")
    if int(mac[:2], 16) & _MULTICAST_BIT:
        raise _invalid(text, "is a multicast address; no network card can have it")
    mac = mac.replace("-", ":")
    if mac == "00:00:00:00:00:00":
        raise _invalid(text, "is all zeros")
    return mac


def _invalid(text: str, why: str) -> InvalidRequest:
    return InvalidRequest(
        f"{shown(text[:64])} {why}", code="invalid-mac", hint="for instance fa:16:3e:12:34:56"
    )
