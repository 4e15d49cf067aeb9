"""Every failure that a caller can tell apart: one class per thing the caller can *do* about it.

A cause has a ``code`` of its own (``no-valid-host``): scripts read it, so it never changes.
``facts`` holds the numbers and ids of the case and stays under 4 KiB (gRPC metadata ends at 8).
``wire/status.py`` maps a class to a gRPC status, the command line maps that to an exit code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

Fact = str | int | float | bool | None | list["Fact"] | dict[str, "Fact"]


class VmctlError(Exception):
    """Something went wrong in a way the caller should hear about."""

    default_code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str = "",
        facts: Mapping[str, Fact] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint
        self.facts: dict[str, Fact] = dict(facts or {})


class InvalidRequest(VmctlError):
    """The request itself is wrong; sending it again changes nothing."""

    default_code = "invalid-request"


class NotFound(VmctlError):
    """No such thing, or none that the caller may see."""

    default_code = "not-found"


class Unauthenticated(VmctlError):
    """Who is asking is not known: no token, or one that is expired, revoked or wrong."""

    default_code = "unauthenticated"


class Forbidden(VmctlError):
    """Who is asking is known and may not do this."""

    default_code = "forbidden"


class AlreadyExists(VmctlError):
    """A thing of that name or key is there already."""

    default_code = "already-exists"


class WrongState(VmctlError):
    """The thing is in a state that does not allow this."""

    default_code = "wrong-state"


class Conflict(VmctlError):
    """Ambiguous, or somebody else was faster; looking again and repeating may help."""

    default_code = "conflict"


class QuotaExceeded(VmctlError):
    """The project's quota has no room for this."""

    default_code = "quota-exceeded"


class NoValidHost(VmctlError):
    """No host passed every filter.  ``facts["refusals"]`` counts hosts per reason."""

    default_code = "no-valid-host"


class Exhausted(VmctlError):
    """There is no room: addresses, disk, size limits, streams."""

    default_code = "exhausted"


class NotSupported(VmctlError):
    """This daemon or driver does not do that."""

    default_code = "not-supported"


class Unavailable(VmctlError):
    """The other end is not there, or went away meanwhile."""

    default_code = "unavailable"
    retryable = True


class TimedOut(VmctlError):
    """It took longer than its deadline."""

    default_code = "timed-out"
    retryable = True


class HypervisorFailed(VmctlError):
    """The hypervisor did not do what it was asked.  Its own words are in the log."""

    default_code = "hypervisor-failed"


class Corrupted(VmctlError):
    """Bytes are not what their record says: a checksum or a format is wrong."""

    default_code = "corrupted"


class Internal(VmctlError):
    """A fault of ours."""

    default_code = "internal"
