"""How the daemon is run: its clock, its first password, what is armed against it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from vmctld.domain.operations import Diagnosis, Outcome
from vmctld.identity.bootstrap import PASSWORD_FILE
from vmctld.operations.installation import Installation
from vmctld.storage.columns import core
from vmctld.storage.repositories import tokens
from vmctld.storage.tables.compute import InstanceRow

TOLERATED = timedelta(seconds=2)  # two processes on one database may differ by this much

_I = core(InstanceRow).c


def clock(installation: Installation) -> Diagnosis:
    """Is it later than it has ever been?"""
    with installation.database.read() as tx:
        changed: datetime | None = tx.execute(select(func.max(_I.updated_at))).scalar_one()
        seen = [each for each in (tokens.latest_time(tx), changed) if each is not None]
    now = installation.clock()  # read last: what was written meanwhile is not the future
    behind = max(seen, default=now) - now
    said = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if behind <= TOLERATED:
        return Diagnosis("clock", Outcome.OK, f"{said}, later than all that is recorded")
    return Diagnosis(
        "clock",
        Outcome.WARNING,
        f"{said}, {behind.total_seconds():.0f} s before the latest time on record: it jumped back",
        "set it right and keep it right, with NTP for instance",
    )


def admin_password(installation: Installation) -> Diagnosis:
    """Does the password of the first start still lie about?"""
    if not (installation.state_dir / PASSWORD_FILE).exists():
        return Diagnosis("admin-password", Outcome.OK, "lies nowhere")
    return Diagnosis(
        "admin-password",
        Outcome.WARNING,
        f"the first admin's password is in the file {PASSWORD_FILE} of the state directory",
        "change the password, then delete the file",
    )


def failpoints(installation: Installation) -> Diagnosis:
    """Is the daemon told to fail on purpose?"""
    if installation.failpoint is None:
        return Diagnosis("failpoints", Outcome.OK, "off")
    return Diagnosis(
        "failpoints",
        Outcome.WARNING,
        f"enabled: {installation.failpoint or 'none armed'}",
        "start the daemon without --enable-failpoints, but for tests",
    )
