"""Keeps the routers of a host the same as what the network service says.

A message only says that something has changed: what there is to be is then asked for, whole, so
that messages may come twice, late or never.  It is asked for without a message, too; an answer of
"the same" costs next to nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Protocol

import structlog

from vmctld.domain.router import RouterPlan
from vmctld.errors import VmctlError

log = structlog.get_logger(__name__)

EVERY_S = 10.0  # without a message
AGAIN_S = 2.0  # after a failure
MEND_S = 60.0  # somebody may have taken a namespace away


class PlanSource(Protocol):
    """The network service, as far as routers go."""

    def plans_for(self, host: str, known: str) -> tuple[str, tuple[RouterPlan, ...] | None]:
        """Return what the answer is known by, and the plans; None: they are as ``known``."""
        ...


class Boxes(Protocol):
    """The routers of one host."""

    def make(self, plans: Sequence[RouterPlan]) -> bool:
        """Make these and no others; False when something could not be made."""
        ...

    def mend(self) -> bool:
        """Make again what is missing; False when something could not be made."""
        ...


class Routing:
    """Brings changes to the routers of one host, on a thread of its own."""

    def __init__(self, host: str, source: PlanSource, boxes: Boxes) -> None:
        self._host = host
        self._source = source
        self._boxes = boxes
        self._known = ""  # what is made, as its source knows it
        self._mended_s = 0.0
        self._is_whole = False
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._go, name="routing", daemon=True)

    def start(self) -> None:
        """Look at once, and go on looking."""
        self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """End after the look that is under way; what is made stays."""
        self._stopping = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def nudge(self) -> None:
        """Look soon: something has changed."""
        self._wake.set()

    def new_network(self) -> None:
        """Look soon, at everything: a network has come, and a router may lead there."""
        self._is_whole = False
        self._wake.set()

    def look(self) -> None:
        """Make what is to be made now.  Raises what the source raises."""
        was_whole, self._is_whole = self._is_whole, True
        digest, plans = self._source.plans_for(self._host, self._known)
        now_s = time.monotonic()
        whole = True
        if plans is not None:
            whole = self._boxes.make(plans)
        elif not was_whole or now_s - self._mended_s >= MEND_S:
            whole = self._boxes.mend()
        else:
            return
        self._mended_s = now_s
        self._known = digest
        if not whole:
            self._is_whole = False

    def _go(self) -> None:
        self._mend_first()
        pause_s = AGAIN_S
        while not self._stopping:
            self._wake.wait(pause_s)
            self._wake.clear()
            if self._stopping:
                return
            pause_s = self._next_look()

    def _mend_first(self) -> None:
        """Make what there was, even before anybody can be asked."""
        try:
            self._boxes.mend()
        except Exception:  # the next look may find more luck
            log.exception("the routers could not be made again")

    def _next_look(self) -> float:
        """Look; return after how many seconds to look again if nobody says so earlier."""
        try:
            self.look()
        except VmctlError as error:
            self._is_whole = False
            log.warning("the routers' plans could not be had", why=error.message)
            return AGAIN_S
        except Exception:  # what is made stays, and the next look may find more luck
            self._is_whole = False
            log.exception("the routers could not be made")
            return AGAIN_S
        return EVERY_S
