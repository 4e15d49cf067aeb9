"""``-f csv``: a header of keys, then one line for each record."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from vmctl_cli.text import harmless


def render(keys: Sequence[str], rows: Sequence[Sequence[str | None]]) -> str:
    """Return the rows as CSV (RFC 4180 with Unix line ends); nothing is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([[harmless(cell or "", keep="\n") for cell in row] for row in rows])
    return text.getvalue()
