"""Consoles in a browser: what kinds there are, and what a user gets to open one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ConsoleKind(StrEnum):
    """What of a guest a browser can show, in nova's words."""

    NOVNC = "novnc"  # its screen
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class ConsoleAccess:
    """A URL that opens one console of one server, for a while."""

    kind: ConsoleKind
    url: str = field(repr=False)  # holds the token
    expires_at: datetime
