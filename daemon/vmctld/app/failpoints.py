"""Arms failpoints, if an operator said twice that it is wanted."""

from __future__ import annotations

import structlog

from vmctld.compute.tap import FailpointTap
from vmctld.config import Settings
from vmctld.observe import failpoints

log = structlog.get_logger(__name__)


def arm_failpoints(settings: Settings) -> FailpointTap | None:
    """Arm what the settings say and return the tap for the bus; None: nothing is armed.

    Raises InvalidRequest for a failpoint that cannot be read.
    """
    failpoints.arm("")
    if not settings.failpoint:
        return None
    if not settings.enable_failpoints:
        log.warning("failpoints are ignored without --enable-failpoints")
        return None
    failpoints.arm(settings.failpoint)
    log.warning("failpoints are armed", failpoint=settings.failpoint)
    return FailpointTap()
