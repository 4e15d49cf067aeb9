"""``vmctld`` with a clock that is wrong by so many seconds: ``-m tests.crash.shifted SECONDS ...``.

The clock is replaced before anything of the daemon is imported, so all of it is wrong alike;
what counts seconds with a monotonic clock is right, as after a jump of the system's clock.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from vmctld.domain import clock


def main() -> None:
    """Shift the clock and run the daemon."""
    offset = timedelta(seconds=float(sys.argv[1]))

    def shifted() -> datetime:
        return datetime.now(UTC) + offset

    clock.utc_now = shifted
    from vmctld.main import cli

    cli.main(args=sys.argv[2:], prog_name="vmctld")


if __name__ == "__main__":
    main()
