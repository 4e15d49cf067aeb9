"""The routers of this host: made as the network service says, and again from what it said last.

What it said is written down: after a reboot guests reach out while the rest of the cloud is away.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from vmctld.domain.router import Forward, Leg, RouterPlan, Uplink
from vmctld.errors import VmctlError
from vmctld.host.network.names import owner_of, router_namespace_of, router_prefix
from vmctld.host.network.namespace import MOUNTED, Namespace
from vmctld.host.network.router import RouterBox

log = structlog.get_logger(__name__)

VERSION = 1


class HostRouters:
    """All routers of one host.  Thread-safe; ``cards_dir`` is the directory of its bridges."""

    def __init__(self, cards_dir: Path) -> None:
        self._owner = owner_of(cards_dir)
        self._file = cards_dir.with_name("routers.json")
        self._lock = threading.Lock()
        self._plans = self._load()

    def make(self, plans: Sequence[RouterPlan]) -> bool:
        """Make these and no others; False when something could not be made."""
        with self._lock:
            if tuple(plans) != self._plans:
                self._plans = tuple(plans)
                self._save()
            return self._settle()

    def mend(self) -> bool:
        """Make again what is missing; False when something could not be made."""
        with self._lock:
            return self._settle()

    def strays(self) -> list[str]:
        """Return the namespaces of routers that nobody wants here."""
        wanted = {router_namespace_of(self._owner, plan.router_id) for plan in self._plans}
        prefix = router_prefix(self._owner)
        try:
            there = sorted(path.name for path in MOUNTED.iterdir())
        except FileNotFoundError:
            return []
        return [name for name in there if name.startswith(prefix) and name not in wanted]

    def _settle(self) -> bool:
        complete = True
        for name in self.strays():
            Namespace(name).remove()
        for plan in self._plans:
            try:
                RouterBox(self._owner, plan).bring_up()
            except (VmctlError, OSError) as error:  # the others are made all the same
                complete = False
                log.error("a router is not complete", router_id=plan.router_id, why=str(error))
        return complete

    def _load(self) -> tuple[RouterPlan, ...]:
        try:
            fields = json.loads(self._file.read_text())
            if fields["version"] != VERSION:
                raise ValueError("routers of another version")
            return tuple(map(_plan, fields["routers"]))
        except FileNotFoundError:
            return ()
        except (ValueError, KeyError, TypeError):
            log.exception("the routers' file cannot be read", path=str(self._file))
            return ()

    def _save(self) -> None:
        text = json.dumps({"version": VERSION, "routers": [asdict(plan) for plan in self._plans]})
        part = self._file.with_name(self._file.name + ".part")
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(text)
        part.replace(self._file)


def _plan(fields: dict[str, Any]) -> RouterPlan:
    uplink = fields["uplink"]
    return RouterPlan(
        router_id=fields["router_id"],
        legs=tuple(Leg(**leg) for leg in fields["legs"]),
        uplink=Uplink(**uplink) if uplink else None,
        forwards=tuple(Forward(**one) for one in fields["forwards"]),
    )
