"""A decision of the scheduler in tables: every host, every filter, every weight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vmctl_cli.output.table import render

if TYPE_CHECKING:
    from vmctl_cli.client.decisions import Verdict

LONGEST = 8  # fitting hosts whose weights are shown; JSON has them all
OUTCOMES = ("passed", "refused", "not-asked")


def filters_table(verdicts: Sequence[Verdict]) -> str:
    """Return how many hosts each filter let pass, refused, and was not asked about."""
    counts: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        for one in verdict.filters:
            counts.setdefault(one.name, Counter())[one.outcome] += 1
    rows = [
        [name, *(str(of_filter[outcome]) for outcome in OUTCOMES)]
        for name, of_filter in counts.items()
    ]
    return render(["Filter", "Passed", "Refused", "Not asked"], rows) if rows else ""


def weights_table(verdicts: Sequence[Verdict]) -> str:
    """Return what each weigher gave each of the best hosts, and what that counts."""
    weighed = [verdict for verdict in verdicts if verdict.weights]
    rows = [
        [verdict.host, one.name, f"{one.multiplier:g}", f"{one.value:g}", f"{one.weight:g}"]
        for verdict in weighed[:LONGEST]
        for one in verdict.weights
    ]
    if not rows:
        return ""
    text = render(["Host", "Weigher", "Multiplier", "Value", "Weight"], rows)
    others = len(weighed) - LONGEST
    if others > 0:
        text += f"and {others} more {'host' if others == 1 else 'hosts'}; -f json has them all\n"
    return text


def tables(verdicts: Iterable[Verdict]) -> str:
    """Return both tables, or nothing for a decision of a daemon that did not keep them."""
    known = list(verdicts)
    return filters_table(known) + weights_table(known)
