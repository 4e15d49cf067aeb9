"""Times as users type them, ISO 8601, and whether something happened between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmctl_cli.errors import invalid

if TYPE_CHECKING:
    from datetime import datetime


def time_from(option: str, text: str | None) -> datetime | None:
    """Return the time that an option gives; one without a zone is in UTC, None is None."""
    if text is None:
        return None
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(
            f"Invalid {option} value: {text}",
            code="invalid-time",
            hint="ISO 8601, for instance 2026-01-02T03:04:05Z",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def within(moment: str | None, since: datetime | None, before: datetime | None) -> bool:
    """Tell whether an RFC 3339 time is not earlier than ``since`` and not later than ``before``."""
    if since is None and before is None:
        return True
    happened = time_from("time", moment)
    if happened is None:
        return False
    return (since is None or happened >= since) and (before is None or happened <= before)
