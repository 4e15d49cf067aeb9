"""How long this machine is up and how busy it is, in the words of ``uptime``."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

UPTIME = Path("/proc/uptime")  # proc(5): seconds since the start, and seconds idle


def uptime_line(now: datetime) -> str:
    """Return the line as procps prints it, without the users: nobody sits at a host."""
    up_s = int(float(UPTIME.read_text().split()[0]))
    days, rest_s = divmod(up_s, 86_400)
    hours, minutes = rest_s // 3_600, rest_s % 3_600 // 60
    since = f"{days} day{'' if days == 1 else 's'}, " if days else ""
    clock = f"{hours:2}:{minutes:02}" if hours else f"{minutes} min"
    load = ", ".join(f"{part:.2f}" for part in os.getloadavg())
    return f"{now:%H:%M:%S} up {since}{clock},  load average: {load}"
