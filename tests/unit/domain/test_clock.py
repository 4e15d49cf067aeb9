"""What time it is."""

from __future__ import annotations

from datetime import UTC

from vmctld.domain.clock import utc_now


def test_the_time_is_aware_in_utc_and_goes_on() -> None:
    first = utc_now()

    assert first.tzinfo is UTC
    assert utc_now() >= first
