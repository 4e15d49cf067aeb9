"""The first start: a project ``admin`` with a user ``admin`` who is its admin."""

from __future__ import annotations

import os
import secrets
import uuid
from pathlib import Path

import structlog

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Project, Role, User
from vmctld.identity.passwords import Passwords, check_password
from vmctld.storage.database import Database, Tx
from vmctld.storage.locks import one_at_a_time
from vmctld.storage.repositories import projects, roles, users

log = structlog.get_logger(__name__)

ADMIN = "admin"
PASSWORD_FILE = "admin-password"  # noqa: S105  # in the state directory


def ensure_admin(
    database: Database,
    clock: Clock,
    passwords: Passwords,
    state_dir: Path,
    password: str | None = None,
) -> bool:
    """Make the first admin unless there are users; return whether that was needed.

    Without ``password`` a random one is left in ``<state>/admin-password``, readable by
    the daemon's user alone.  The file is there before the transaction commits: a crash
    between the two leaves a file that the next start uses.
    """
    with database.read() as tx:
        if users.exists_any(tx):
            return False
    chosen = check_password(password) if password else _password_in(state_dir / PASSWORD_FILE)
    with passwords.slot():
        hashed = passwords.hash(chosen)
    project, user = _first_two(clock)

    def work(tx: Tx) -> bool:
        one_at_a_time(tx, "first-admin")
        if users.exists_any(tx):
            return False  # another process on this database was faster
        projects.add(tx, project)
        users.add(tx, user, hashed)
        roles.add(tx, user.id, project.id, Role.ADMIN)
        return True

    is_made = database.run(work)
    if is_made and not password:
        log.info("sign in as admin with the password in this file", file=state_dir / PASSWORD_FILE)
    return is_made


def _first_two(clock: Clock) -> tuple[Project, User]:
    """Return the first project and its admin, not kept yet."""
    now = clock()
    project = Project(str(uuid.uuid4()), ADMIN, "the first project", enabled=True, created_at=now)
    user = User(
        id=str(uuid.uuid4()),
        name=ADMIN,
        email="",
        enabled=True,
        default_project_id=project.id,
        created_at=now,
    )
    return project, user


def _password_in(path: Path) -> str:
    """Return the password in ``path``, which gets a random one if it is not there whole."""
    if path.exists():
        kept = path.read_text().strip()
        if kept:
            return kept
    drawn = secrets.token_urlsafe(18)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(drawn + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return drawn
