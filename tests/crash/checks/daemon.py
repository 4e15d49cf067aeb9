"""I13 to I16 and I18: queues, quotas, the daemon itself, secrets, and cleaning up twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.crash.evidence import Evidence, Ledger, Violation

READY_S = 30.0  # it hung; how soon it is up on a quiet machine is a figure of its own
QUEUES = frozenset({"queues", "outbox"})  # names of the doctor's checks
DEAD_LETTERS = "dead-letters"
COUNTED = {"instances": None, "cores": "vcpus", "ram_mib": "ram_mib"}


def queues_are_empty(seen: Evidence, ledger: Ledger) -> Iterator[Violation]:
    """I13: nothing stays in a queue, and no letter is dead but those of made failures."""
    for check in seen.doctor:
        if check.name in QUEUES and check.outcome != "ok":
            yield Violation("I13", check.name, check.detail)
        if check.name == DEAD_LETTERS and check.outcome != "ok":
            number = int(check.detail.split()[0])
            if number > ledger.dead_letters_excused:
                yield Violation("I13", check.name, check.detail)


def quotas_add_up(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I14: what the projects use is what a recount of their instances gives."""
    used: dict[str, int] = defaultdict(int)
    for row in seen.living.values():
        for resource, column in COUNTED.items():
            used[resource] += row[column] if column else 1
    for resource in COUNTED:
        if seen.quota_used.get(resource, 0) != used[resource]:
            recorded = seen.quota_used.get(resource, 0)
            yield Violation("I14", resource, f"{recorded} recorded, {used[resource]} counted")


def daemon_is_sound(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I15: it was up soon, its database is sound, and the doctor finds nothing else."""
    if seen.ready_s > READY_S:
        yield Violation("I15", "start", f"ready after {seen.ready_s:.1f} s")
    for fault in seen.database_faults:
        yield Violation("I15", "database", fault)
    for check in seen.doctor:
        if check.outcome == "failed":
            yield Violation("I15", check.name, check.detail)


def secrets_are_kept(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I16: no password and no token in a log, a database, an argument or an environment."""
    for place in seen.secrets:
        yield Violation("I16", place, "holds a password or a token")


def cleaning_up_changes_nothing(before: Evidence, after: Evidence) -> Iterator[Violation]:
    """I18: what was cleaned up twice looks as if it had been once."""
    was, now = listings(before), listings(after)
    for name in was:
        for thing in was[name] ^ now[name]:
            yield Violation("I18", name, f"changed by cleaning up again: {thing}")


def listings(seen: Evidence) -> dict[str, frozenset[str]]:
    """Return all that is listed, without times."""
    volatile = ("updated_at", "seen_at")
    rows = {
        name: frozenset(
            repr(sorted((k, v) for k, v in row.items() if k not in volatile)) for row in view
        )
        for name, view in seen.views.items()
    }
    files = frozenset(f.path for f in seen.files if not f.path.startswith("vmctl.db"))
    machines = frozenset(f"{m.instance_id} {m.life}" for m in seen.machines)
    return {**rows, "files": files, "machines": machines}
