"""Live names for completion: kept in files, so that a shell never waits for the daemon.

A completion script reads the file of a kind itself, which takes a millisecond, and has it
made anew in the background when it is old.  The first line is when it was made, each other
one a name.  Each cloud, user and project has its own directory: see ``names_file``, which
the scripts do in their own words.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vmctl_cli.client import Client

LONGEST = 1000  # names; a shell goes through them at every key
STALE_AFTER_S = 30
ASK_EVERY_S = 5  # at most: a daemon that is away is not asked at every key
WHO = ("VMCTL_ENDPOINT", "VMCTL_USERNAME", "VMCTL_PROJECT")
"""What tells clouds and users apart, for the scripts as for us."""


def _named(things: Iterable[Any]) -> Iterable[str]:
    return (thing.name for thing in things)


def _servers(client: Client) -> Iterable[str]:
    from vmctl_cli.client.server_filter import ServerFilter

    return _named(client.servers.list(ServerFilter(), limit=LONGEST))


LISTS: Mapping[str, Callable[[Client], Iterable[str]]] = {
    "servers": _servers,
    "flavors": lambda client: _named(client.flavors.list()),
    "images": lambda client: _named(client.images.list()),
    "networks": lambda client: _named(client.networks.networks()),
    "subnets": lambda client: _named(client.networks.subnets()),
    "volumes": lambda client: _named(client.volumes.list()),
    "keypairs": lambda client: _named(client.keypairs.list()),
    "users": lambda client: _named(client.people.users()),
    "projects": lambda client: _named(client.people.projects()),
}
"""Every kind of thing whose names are completed."""

_WORDS: Mapping[str, str] = {
    **{kind.removesuffix("s"): kind for kind in LISTS},
    **{kind: kind for kind in LISTS},
    "key": "keypairs",
    "tenant": "projects",
    "tenants": "projects",
}


def kind_of(*words: str | None) -> str:
    """Return what an argument of such a name or metavar names; empty when nothing we list."""
    for word in words:
        plain = re.sub(r"[^a-z]", "", (word or "").lower())
        if plain in _WORDS:
            return _WORDS[plain]
    return ""


def names_file(kind: str, environ: Mapping[str, str]) -> Path:
    """Return where the names of a kind are kept."""
    base = environ.get("XDG_CACHE_HOME") or f"{environ.get('HOME', '')}/.cache"
    who = "-".join(environ.get(variable, "") for variable in WHO)
    return Path(base) / "vmctl" / re.sub(r"[^a-zA-Z0-9]", "_", who) / kind


def refresh(client: Client, kind: str, environ: Mapping[str, str]) -> None:
    """Ask the daemon for the names of a kind, and keep them."""
    found = dict.fromkeys(name for name in LISTS[kind](client) if name.isprintable())
    lines = [str(int(time.time())), *islice(found, LONGEST)]
    file = names_file(kind, environ)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f"{kind}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")
    fresh.replace(file)
