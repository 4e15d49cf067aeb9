"""Work that waits, and work that does not get on."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from vmctld.compute.messages import (
    API_ADDRESS,
    CONDUCTOR_ADDRESS,
    SCHEDULER_ADDRESS,
    agent_address,
)
from vmctld.domain.counting import counted
from vmctld.domain.operations import Diagnosis, Outcome
from vmctld.errors import TimedOut
from vmctld.operations.installation import Installation
from vmctld.storage.columns import core
from vmctld.storage.repositories import dead_letters as letters
from vmctld.storage.repositories import hosts, instances, journal
from vmctld.storage.tables.pipeline import OutboxRow

SHARED_QUEUES = (SCHEDULER_ADDRESS, CONDUCTOR_ADDRESS, API_ADDRESS)
DEAD_LETTERS = "dead-letters"
QUEUES_ASKED = 1000  # a broker is asked for each of them
SLOW_MS = 250.0  # a boot waits for some ten messages
MANY_UNCONFIRMED = 1000
ROUND_TRIP_TIMEOUT_S = 5.0
DEEP = 10_000  # messages: some ten seconds of work
STALE = timedelta(seconds=120)
COUNTED_AT_MOST = 1000
SHOWN = 3

_OUTBOX = core(OutboxRow).c


def broker(installation: Installation) -> Diagnosis:
    """How quick is the bus, and does its broker confirm what it gets?"""
    bus = installation.bus
    if bus is None:
        return Diagnosis("broker", Outcome.OK, "no bus in this process")
    unconfirmed = bus.unconfirmed()
    try:
        took_ms = bus.round_trip_s(ROUND_TRIP_TIMEOUT_S) * 1000
    except TimedOut as error:  # in one process a long queue is enough for that
        return Diagnosis("broker", Outcome.WARNING, error.message, "wait until the queues drain")
    said = f"round trip {took_ms:.1f} ms, {counted(unconfirmed, 'message')} unconfirmed"
    if took_ms < SLOW_MS and unconfirmed < MANY_UNCONFIRMED:
        return Diagnosis("broker", Outcome.OK, said)
    return Diagnosis(
        "broker",
        Outcome.WARNING,
        f"{said}; below {SLOW_MS:.0f} ms and {MANY_UNCONFIRMED} is fine",
        "look at the load of the broker and of the disk that holds its queues",
    )


def queues(installation: Installation) -> Diagnosis:
    """How many messages wait for a worker, in whichever process?"""
    with installation.database.read() as tx:
        addresses = [*SHARED_QUEUES, *(agent_address(host.name) for host in hosts.everything(tx))]
    known = installation.bus.depth(addresses[:QUEUES_ASKED]) if installation.bus else {}
    depth = {address: number for address, number in known.items() if number}
    depth.pop(DEAD_LETTERS, None)  # they wait for nobody
    waiting = sum(depth.values())
    deepest = sorted(depth.items(), key=lambda each: -each[1])[:SHOWN]
    said = f"{counted(waiting, 'message')} waiting"
    if deepest:
        said += ": " + ", ".join(f"{number} for {address}" for address, number in deepest)
    if waiting < DEEP:
        return Diagnosis("queues", Outcome.OK, said)
    return Diagnosis("queues", Outcome.WARNING, said, "wait; if they do not drain, see the log")


def outbox(installation: Installation) -> Diagnosis:
    """How many messages are not settled, and since when?"""
    now = installation.clock()
    with installation.database.read() as tx:
        kept, oldest = tx.execute(select(func.count(), func.min(_OUTBOX.created_at))).one()
    age = timedelta(0) if oldest is None else now - oldest
    said = f"{counted(kept, 'message')} not settled, the oldest for {age.total_seconds():.0f} s"
    if age < STALE:
        return Diagnosis("outbox", Outcome.OK, said)
    return Diagnosis(
        "outbox", Outcome.WARNING, said, "see which hosts are down; then vmctl audit --repair"
    )


def dead_letters(installation: Installation) -> Diagnosis:
    """What has nobody been able to handle?"""
    with installation.database.read() as tx:
        number, latest = letters.count(tx), letters.latest(tx, SHOWN)
    if not latest:
        return Diagnosis("dead-letters", Outcome.OK, "none")
    said = "; ".join(f"{each.message} for {each.address}: {each.reason}" for each in latest)
    return Diagnosis(
        "dead-letters",
        Outcome.WARNING,
        f"{number} kept, the latest: {said}",
        "vmctl dead-letters lists them, vmctl dead-letters-replay sends them again",
    )


def stuck_undos(installation: Installation) -> Diagnosis:
    """Which failed builds could not be cleaned up?"""
    with installation.database.read() as tx:
        entries = journal.stuck(tx, COUNTED_AT_MOST)
    if not entries:
        return Diagnosis("stuck-undos", Outcome.OK, "none")
    said = ", ".join(f"{each.action} of {each.instance_id}" for each in entries[:SHOWN])
    return Diagnosis(
        "stuck-undos",
        Outcome.FAILED,
        f"{len(entries)} could not be undone: {said}",
        "vmctl audit --repair, then delete the servers",
    )


def overdue_work(installation: Installation) -> Diagnosis:
    """Which instances has something been happening to for too long?"""
    now = installation.clock()
    with installation.database.read() as tx:
        overdue = instances.overdue(tx, now - STALE, COUNTED_AT_MOST)
        unsettled = instances.unsettled(tx, COUNTED_AT_MOST)
    late = {each.id: each.status for each in overdue}
    limit: datetime = now - timedelta(seconds=installation.build_timeout_s) - STALE
    late |= {each.id: each.status for each in unsettled if each.updated_at < limit}
    if not late:
        return Diagnosis("overdue-work", Outcome.OK, f"{len(unsettled)} under way, none late")
    said = ", ".join(f"{instance_id} {status}" for instance_id, status in [*late.items()][:SHOWN])
    return Diagnosis(
        "overdue-work",
        Outcome.FAILED,
        f"{len(late)} of {len(unsettled)} under way are late: {said}",
        "see which hosts are down; a delete always gets through",
    )
