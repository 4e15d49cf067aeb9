"""I1, I2, I10, I11, I12: what was accepted is there, once, settled, and explains itself."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from tests.crash.evidence import T_BUILD, T_GC, Evidence, Ledger, Violation
from vmctl.v1 import compute_pb2 as pb

STEPS = range(1, 29)
SECRET = re.compile(r"vmt_[A-Za-z0-9_-]{32,}")


def nothing_is_lost(seen: Evidence, ledger: Ledger) -> Iterator[Violation]:
    """I1: every id that a client was given is visible until it is deleted, and leaves BUILD."""
    for server_id, name in ledger.accepted.items():
        if server_id in ledger.deleted:
            continue
        server = seen.servers.get(server_id)
        if server is None:
            yield Violation("I1", server_id, f"accepted as {name}, and not in the list")
        elif server.status == "BUILD" and seen.age_of(seen.living[server_id]) > T_BUILD:
            yield Violation("I1", server_id, "still in BUILD")


def nothing_is_twice(seen: Evidence, ledger: Ledger) -> Iterator[Violation]:
    """I2: one key, one instance; one name (clients draw them once), one instance."""
    for key, ids in ledger.by_key.items():
        if len(ids) > 1:
            yield Violation("I2", key, f"one key, and {len(ids)} instances: {sorted(ids)}")
    names = Counter(row["name"] for row in seen.views["instances"])
    for name, count in names.items():
        if count > 1:
            yield Violation("I2", name, f"{count} instances of one request")


def faults_are_complete(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I10: ERROR comes with step, component, cause, time and request id, and with no secret."""
    for server in seen.servers.values():
        if server.status == "ERROR":
            missing = list(_missing(server.fault))
            if missing:
                yield Violation("I10", server.id, f"the fault lacks {', '.join(missing)}")
            words = f"{server.fault.message} {server.fault.hint} {server.fault.facts_json}"
            if seen.state_dir in words or SECRET.search(words):
                yield Violation("I10", server.id, "the fault shows a path of the host or a token")


def _missing(fault: pb.Fault) -> Iterator[str]:
    for name in ("code", "message", "component", "request_id"):
        if not getattr(fault, name):
            yield name
    if fault.step not in STEPS:
        yield "step"
    if not fault.HasField("created_at"):
        yield "created_at"
    if fault.facts_json and not isinstance(json.loads(fault.facts_json), dict):
        yield "facts"


def nothing_is_overdue(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I11: nothing is on its way for longer than its deadline."""
    for row in seen.living.values():
        on_its_way = row["status"] == "BUILD" or row["task_state"]
        longest = T_GC if row["task_state"] == "deleting" else T_BUILD
        overdue = row["deadline_at"] and seen.age_of(row, "deadline_at") > T_GC
        if on_its_way and (overdue or seen.age_of(row) > longest):
            what = f"{row['status']} {row['task_state'] or ''}".strip()
            yield Violation("I11", row["id"], f"{what} for {seen.age_of(row)}")


def traces_are_whole(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I12: the steps are there without a gap, each with its end, under one request id."""
    for server_id, trace in seen.traces.items():
        server = seen.servers[server_id]
        numbers = [step.number for step in trace.steps]
        if not trace.request_id or trace.request_id != server.request_id:
            yield Violation("I12", server_id, f"trace of request {trace.request_id!r}")
        if server.status == "ACTIVE" and numbers != list(STEPS):
            yield Violation("I12", server_id, f"ACTIVE, and traced are {numbers}")
        if server.status == "ERROR" and numbers != list(range(1, len(numbers) + 1)):
            yield Violation("I12", server_id, f"traced are {numbers}, with a gap")
        for step in trace.steps:
            if not step.outcome or step.duration_ms < 0:
                yield Violation("I12", server_id, f"step {step.number} has no end")
