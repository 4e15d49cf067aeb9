"""What a database's own errors mean to a caller."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from vmctld.errors import Exhausted, InvalidRequest, TimedOut, Unavailable, VmctlError

ACCESS_DENIED = "database-access-denied"
"""The code of what no waiting mends."""

_BAD_LUCK = frozenset({"database-conflict", "database-connection-lost"})

# PostgreSQL's, of its appendix A
_CONFLICTS = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_TOO_SLOW = frozenset({"57014", "55P03", "25P03"})  # statement, lock and idle time-outs
_DISK_FULL = "53100"
_REFUSALS = frozenset({"42501", "25006"})  # no privilege, a standby that only reads

_UNUSABLE = {  # SQLite's result codes, by how their names begin
    "SQLITE_CANTOPEN": "cannot be opened",
    "SQLITE_READONLY": "cannot be written",
    "SQLITE_PERM": "is not for this user",
    "SQLITE_NOTADB": "is no SQLite database",
}

# A refused connection has no SQLSTATE: libpq hands on the server's words alone
_DENIALS = (
    "authentication failed",
    "no password supplied",
    "does not exist",  # the role or the database
    "no pg_hba.conf entry",
    "permission denied for database",
)


def translated(error: Exception, place: str = "") -> VmctlError:
    """Return an operational error as one of ours; its words stay in the log.

    ``place`` is what people call the database, when that is no file of the daemon's own.
    """
    cause = getattr(error, "orig", None) or error
    state, words = getattr(cause, "sqlstate", None), str(cause)
    if state == _DISK_FULL or "disk is full" in words:
        return Exhausted(
            "the disk that holds the database is full",
            code="disk-full",
            hint="free some space, or move the state directory",
        )
    if state in _CONFLICTS or "database is locked" in words:
        return Unavailable(
            "others were changing the same at the same time", code="database-conflict"
        )
    if state in _TOO_SLOW:
        return TimedOut("the database took too long", code="database-slow")
    if isinstance(error, DataError):
        return InvalidRequest(
            "a value is too large for the database, or holds a zero byte", code="unstorable-value"
        )
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Unavailable(
            f"the connection to the database{_at(place)} was lost", code="database-connection-lost"
        )
    if problem := _problem_of_file(getattr(cause, "sqlite_errorname", "")):
        return Unavailable(
            f"the database's file {problem}",
            code="database-access-denied",
            hint="let the daemon's user read and write it and its directory, or name another one",
        )
    if state in _REFUSALS or (state is None and any(denial in words for denial in _DENIALS)):
        return _denied(state, place)
    return Unavailable(
        f"the database{_at(place)} does not answer",
        code="database-unavailable",
        hint="see that it runs and can be reached from here" if place else "",
    )


def _problem_of_file(name: str) -> str:
    """Return what is wrong with a file that SQLite's error of that name is about, if anything."""
    return next((words for start, words in _UNUSABLE.items() if name.startswith(start)), "")


def _denied(state: str | None, place: str) -> Unavailable:
    if state is None:
        return Unavailable(
            f"the database{_at(place)} does not let the daemon in",
            code="database-access-denied",
            hint="look at user, password and database in the database URL; its log says which",
        )
    return Unavailable(
        f"the database{_at(place)} does not let the daemon write",
        code="database-access-denied",
        hint="the daemon's user must own the database, and it must be no standby",
    )


def is_bad_luck(error: Exception) -> bool:
    """Return whether the same transaction, done again from its beginning, may well succeed.

    On PostgreSQL a key can be taken, or a row deleted, by others after it was looked at; who
    looks again finds that, and can say so.
    """
    if isinstance(error, VmctlError):
        return error.code in _BAD_LUCK
    return isinstance(error, IntegrityError) and hasattr(error.orig, "sqlstate")


def is_refusal(error: DBAPIError) -> bool:
    """Return whether the database would not do what is right in itself."""
    return getattr(error.orig, "sqlstate", None) in _REFUSALS


def closed() -> Unavailable:
    """Return what to say to whoever comes too late."""
    return Unavailable("the database is closed: the daemon stops", code="database-closed")


def commit_unknown(place: str) -> Unavailable:
    """Return what to say when the connection broke in the middle of a commit."""
    return Unavailable(
        f"the database{_at(place)} was lost in a commit, which may have happened or not",
        code="database-commit-unknown",
        hint="look whether it happened before you repeat it",
    )


def _at(place: str) -> str:
    return f" {place}" if place else ""
