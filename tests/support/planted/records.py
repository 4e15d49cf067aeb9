"""I10, I12, I13, I15, I16: leaks among faults, journals, messages, references and tokens."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from tests.support.planted.site import LONG, Planted, Site, an_id, any_row, insert, one

CANARY = "vmt_planted-canary-0123456789"  # looks like a token and is none


def missing_fault(site: Site) -> Planted:
    """An instance is in ERROR and does not say why."""
    return Planted("I10", site.twin(vm_state="error", fault=None))


def telling_fault(site: Site) -> Planted:
    """A fault names a path of the host and a token."""
    message = f"cannot open {site.state_dir}/images/x with {CANARY}"
    return Planted("I10", site.twin(vm_state="error", fault=site.fault(message)))


def open_action(site: Site) -> Planted:
    """An action of an instance's boot began and never ended, though the instance has settled."""
    return _an_action(site, site.instance_id, "running")


def stuck_undo(site: Site) -> Planted:
    """An undo for an instance that is gone never worked."""
    return _an_action(site, an_id(), "stuck")


def kept_message(site: Site) -> Planted:
    """A message that nobody takes is kept for an instance that has settled."""
    envelope = {
        "v": 1,
        "type": "BuildInstance",
        "body": {"instance_id": site.instance_id, "attempt": 1},
        "kind": "cast",
        "request_id": "req-planted",
        "sent_at": (site.now - LONG).isoformat(),
        "reply_to": None,
    }
    row = {
        "address": "nobody",
        "kind": "cast",
        "body": json.dumps(envelope),
        "created_at": site.long_ago,
    }
    with site.database() as db:
        insert(db, "outbox", row)
    return Planted("I13", "outbox")


def broken_reference(site: Site) -> Planted:
    """A row refers to another one that is not there (I15): for the doctor."""
    with site.database() as db:
        project = any_row(db, "projects")
        row = {"user_id": an_id(), "project_id": project["id"], "role": "reader"}
        insert(db, "role_assignments", row)
    return Planted("I15", "role_assignments")


def expired_token(site: Site) -> Planted:
    """A token ended a week ago and is still kept."""
    return _a_token(site, "user", expires_at=site.at(site.now - timedelta(days=7)))


def idle_build_token(site: Site) -> Planted:
    """The token of a build is still good, and its instance is gone."""
    return _a_token(
        site,
        "build",
        instance_id=an_id(),
        attempt=1,
        expires_at=site.at(site.now + timedelta(days=1)),
    )


def told_secret(site: Site) -> Planted:
    """A token lies in a file where none belongs (I16): for those who look for canaries."""
    path = site.file("notes.txt")
    path.write_text(f"do not forget: {CANARY}\n")
    return Planted("I16", CANARY)


def _an_action(site: Site, instance_id: str, state: str) -> Planted:
    with site.database() as db:
        row = one(db, "journal", "instance_id", site.instance_id)
        row |= {"instance_id": instance_id, "action": "planted", "state": state}
        insert(db, "journal", row | {"ended_at": None, "started_at": site.long_ago})
    return Planted("I12", f"{instance_id} boot {row['attempt']} planted")


def _a_token(site: Site, kind: str, **changes: Any) -> Planted:
    token_id = hashlib.sha256(an_id().encode()).hexdigest()
    with site.database() as db:
        row: dict[str, Any] = {
            "id": token_id,
            "kind": kind,
            "user_id": any_row(db, "users")["id"],
            "project_id": any_row(db, "projects")["id"],
            "issued_at": site.at(site.now - timedelta(days=8)),
            "instance_id": None,
            "attempt": None,
            "calls": None,
            "signed_in": None,
        }
        insert(db, "tokens", row | changes)
    return Planted("I16", "expired" if kind == "user" else token_id[:12])
