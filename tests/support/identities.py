"""Users and projects as the database keeps them."""

from __future__ import annotations

import uuid

from tests.support.clock import NOON
from vmctld.domain.identity import Project, User
from vmctld.storage.database import Database
from vmctld.storage.repositories import projects, users


def a_user(name: str = "anna", **changes: object) -> User:
    """Return an enabled user without a default project."""
    values: dict[str, object] = {
        "id": str(uuid.uuid4()),
        "name": name,
        "email": "",
        "enabled": True,
        "default_project_id": None,
        "created_at": NOON,
    }
    return User(**(values | changes))  # type: ignore[arg-type]


def a_project(name: str = "lab", *, enabled: bool = True) -> Project:
    """Return a project that owns nothing."""
    return Project(str(uuid.uuid4()), name, "", enabled, NOON)


def kept_user(database: Database, name: str = "anna", **changes: object) -> User:
    """Return a user who is in the database."""
    user = a_user(name, **changes)
    with database.write() as tx:
        assert users.add(tx, user, "hash")
    return user


def kept_project(database: Database, name: str = "lab", *, enabled: bool = True) -> Project:
    """Return a project that is in the database."""
    project = a_project(name, enabled=enabled)
    with database.write() as tx:
        assert projects.add(tx, project)
    return project
