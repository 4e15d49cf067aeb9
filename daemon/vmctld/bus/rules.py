"""Which failures are worth another delivery, how many there are, and the pause between them."""

from __future__ import annotations

from vmctld.errors import Internal, VmctlError

MAX_DELIVERIES = 5
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0
PASSING = frozenset({"disk-full"})  # codes of what passes, though a user should not just repeat it


def is_worth_retrying(error: VmctlError) -> bool:
    """Return True when the same message may succeed later: the other end was away, or a bug.

    A bug may be a race; five deliveries tell.  A full disk may have room again.  What the
    request itself has wrong stays wrong.
    """
    return error.retryable or isinstance(error, Internal) or error.code in PASSING


def pause_s(attempt: int) -> float:
    """Return how long to wait after delivery number ``attempt`` failed: it doubles each time."""
    return min(FIRST_PAUSE_S * float(2 ** min(attempt - 1, 30)), LONGEST_PAUSE_S)
