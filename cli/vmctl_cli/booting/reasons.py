"""Why no host fitted: each host, the filter that refused it, and its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmctl_cli.output.table import render

if TYPE_CHECKING:
    from vmctl_cli.client.decisions import Decision

LONGEST = 20  # hosts; more would push the error itself off the screen


def reasons_table(decision: Decision) -> str:
    """Return the refusals as a table; the remedy is in the fault's hint already."""
    refused = [verdict for verdict in decision.verdicts if verdict.filter]
    rows = [[verdict.host, verdict.filter or "-", verdict.reason or "-"] for verdict in refused]
    text = render(["Host", "Filter", "Reason"], rows[:LONGEST]) if rows else ""
    if len(rows) > LONGEST:
        text += f"and {len(rows) - LONGEST} more; vmctl explain shows all\n"
    return text
