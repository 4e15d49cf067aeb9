"""Keeps the routers of a host the same as what the network service says.

A message only says that something has changed: what there is to be is then asked for, whole, so
that messages may come twice, late or never.  It is asked for without a message, too; an answer of
"the same" costs next to nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from vmctld.compute.agent.lookout import Lookout
from vmctld.domain.router import RouterPlan

EVERY_S = 10.0  # without a message
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
        self._lookout = Lookout("routing", self.look, EVERY_S, first=boxes.mend)

    def start(self) -> None:
        """Make what there was, even before anybody can be asked, and go on looking."""
        self._lookout.start()

    def stop(self) -> None:
        """End after the look that is under way; what is made stays."""
        self._lookout.stop()

    def nudge(self) -> None:
        """Look soon: something has changed."""
        self._lookout.nudge()

    def new_network(self) -> None:
        """Look soon, at everything: a network has come, and a router may lead there."""
        self._is_whole = False
        self._lookout.nudge()

    def look(self) -> None:
        """Make what is to be made now.  Raises what the source raises."""
        was_whole, self._is_whole = self._is_whole, True
        whole = False
        try:
            whole = self._make(was_whole)
        finally:
            if not whole:  # a network that came meanwhile has said so, too
                self._is_whole = False

    def _make(self, was_whole: bool) -> bool:
        digest, plans = self._source.plans_for(self._host, self._known)
        now_s = time.monotonic()
        if plans is not None:
            whole = self._boxes.make(plans)
        elif not was_whole or now_s - self._mended_s >= MEND_S:
            whole = self._boxes.mend()
        else:
            return True
        self._mended_s = now_s
        self._known = digest
        return whole
