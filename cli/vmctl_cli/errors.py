"""Every failure a user can meet: what it is called, what it says, and its exit code.

The daemon's failures arrive as a gRPC status with details (``client/failures.py`` reads them),
the command line's own are raised here.  Both end as a ``CliError``, and ``render`` prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vmctl_cli.text import harmless

EXIT_INTERRUPTED = 130
EXIT_STDOUT_CLOSED = 141
EXIT_FAILED_LATER = 9
EXIT_FOUND_SOMETHING = 10

# gRPC status -> (class, exit code); the classes are those of the daemon
STATUS: Mapping[str, tuple[str, int]] = {
    "INVALID_ARGUMENT": ("InvalidRequest", 2),
    "OUT_OF_RANGE": ("InvalidRequest", 2),
    "NOT_FOUND": ("NotFound", 3),
    "UNAUTHENTICATED": ("Unauthenticated", 4),
    "PERMISSION_DENIED": ("Forbidden", 4),
    "ALREADY_EXISTS": ("AlreadyExists", 5),
    "FAILED_PRECONDITION": ("WrongState", 5),
    "ABORTED": ("Conflict", 5),
    "RESOURCE_EXHAUSTED": ("Exhausted", 6),
    "UNIMPLEMENTED": ("NotSupported", 7),
    "UNAVAILABLE": ("Unavailable", 8),
    "CANCELLED": ("Unavailable", 8),
    "DEADLINE_EXCEEDED": ("TimedOut", 8),
    "DATA_LOSS": ("Corrupted", 1),
    "INTERNAL": ("Internal", 1),
    "UNKNOWN": ("Internal", 1),
}

# Codes that say more than the status does; also all that a fault has, which comes without one
CODE_CLASS: Mapping[str, str] = {
    "invalid-request": "InvalidRequest",
    "not-found": "NotFound",
    "unauthenticated": "Unauthenticated",
    "forbidden": "Forbidden",
    "already-exists": "AlreadyExists",
    "wrong-state": "WrongState",
    "conflict": "Conflict",
    "quota-exceeded": "QuotaExceeded",
    "no-valid-host": "NoValidHost",
    "exhausted": "Exhausted",
    "not-supported": "NotSupported",
    "unavailable": "Unavailable",
    "timed-out": "TimedOut",
    "hypervisor-failed": "HypervisorFailed",
    "corrupted": "Corrupted",
    "internal": "Internal",
}

CLASS_EXIT: Mapping[str, int] = {
    **dict(STATUS.values()),
    "QuotaExceeded": 6,
    "NoValidHost": 6,
    "HypervisorFailed": 1,
    "BuildFailed": EXIT_FAILED_LATER,
}


class CliError(Exception):
    """One failure, ready to be shown."""

    def __init__(
        self,
        message: str,
        *,
        class_name: str,
        code: str,
        hint: str = "",
        facts: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        retryable: bool = False,
        exit_code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.class_name = class_name
        self.code = code
        self.hint = hint
        self.facts = dict(facts or {})
        self.request_id = request_id
        self.retryable = retryable
        self.exit_code = CLASS_EXIT.get(class_name, 1) if exit_code is None else exit_code

    def as_json(self) -> dict[str, Any]:
        """Return what scripts read of it."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "hint": self.hint,
                "facts": self.facts,
                "request_id": self.request_id,
                "retryable": self.retryable,
            }
        }


class SeveralFailed(Exception):
    """Some of several things failed; each was shown already, the highest code counts."""

    def __init__(self, exit_code: int) -> None:
        super().__init__()
        self.exit_code = exit_code


def invalid(message: str, *, hint: str = "", code: str = "invalid-request") -> CliError:
    """Return the error for a wrong request that need not travel to be refused."""
    return CliError(message, class_name="InvalidRequest", code=code, hint=hint)


def not_supported(what: str, *, hint: str = "") -> CliError:
    """Return the error for something nova knows and vmctl does not do."""
    return CliError(
        f"{what} is not supported", class_name="NotSupported", code="not-supported", hint=hint
    )


def class_of(code: str, status: str | None = None) -> str:
    """Return the class of the failure that ``code`` names; ``status`` decides unknown ones."""
    if code in CODE_CLASS:
        return CODE_CLASS[code]
    if status is not None:
        return STATUS.get(status, ("Internal", 1))[0]
    if code.endswith("-not-found"):
        return "NotFound"
    from vmctl_cli.code_classes import CODES

    return next((name for name, codes in CODES.items() if code in codes.split()), "BuildFailed")


def render(error: CliError, output_format: str) -> str:
    """Return ``error`` as the user asked for it: lines, or one JSON object on one line."""
    if output_format == "json":
        import json

        return json.dumps(error.as_json(), default=str) + "\n"
    lines = [f"ERROR ({error.class_name}): " + harmless(error.message, keep="\n")]
    lines += [f"  {line}" for line in _matches(error.facts)]
    if error.hint:
        lines.append("hint: " + harmless(error.hint, keep="\n"))
    if error.request_id and error.exit_code == 1:
        lines.append(f"the daemon's log has more under {harmless(error.request_id)}")
    return "\n".join(lines) + "\n"


def _matches(facts: Mapping[str, Any]) -> list[str]:
    """Return one line for each thing that an ambiguous name means."""
    matches = facts.get("matches")
    if not isinstance(matches, list):
        return []
    return [
        harmless("  ".join(str(value) for value in match.values()))
        if isinstance(match, dict)
        else harmless(str(match))
        for match in matches
    ]
