"""Which failures are worth another delivery, how many there are, and the pause between them."""

from __future__ import annotations

from vmctld.errors import Internal, VmctlError

MAX_DELIVERIES = 5
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0
PASSING = frozenset({"disk-full"})  # codes of what passes, though a user should not just repeat it

AWAY = frozenset(
    f"database-{how}"
    for how in ("unavailable", "access-denied", "connection-lost", "commit-unknown", "busy", "slow")
)


def is_worth_retrying(error: VmctlError) -> bool:
    """Return True when the same message may succeed later: the other end was away, or a bug.

    A bug may be a race; five deliveries tell.  A full disk may have room again.  What the
    request itself has wrong stays wrong.
    """
    return error.retryable or isinstance(error, Internal) or error.code in PASSING


def comes_again(error: VmctlError, attempt: int) -> bool:
    """Return True when a message whose delivery number ``attempt`` failed is delivered again.

    A database that is away says nothing of the message: that one comes until it is back.
    """
    return error.code in AWAY or (is_worth_retrying(error) and attempt < MAX_DELIVERIES)


def pause_s(attempt: int) -> float:
    """Return how long to wait after delivery number ``attempt`` failed: it doubles each time."""
    return min(FIRST_PAUSE_S * float(2 ** min(attempt - 1, 30)), LONGEST_PAUSE_S)
