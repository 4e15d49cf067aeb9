"""What a database's own errors mean to a caller."""

from __future__ import annotations

from vmctld.errors import Exhausted, Unavailable, VmctlError


def translated(error: Exception) -> VmctlError:
    """Return an operational error as one of ours; its words stay in the log."""
    if "disk is full" in str(getattr(error, "orig", error)):
        return Exhausted(
            "the disk that holds the database is full",
            code="disk-full",
            hint="free some space, or move the state directory",
        )
    return Unavailable("the database does not answer", code="database-unavailable")
