"""Callers as identity would describe them."""

from __future__ import annotations

from datetime import timedelta

from tests.support.clock import NOON
from vmctld.domain.identity import Caller, Role, TokenKind


def a_caller(project: str = "demo", *, role: Role = Role.MEMBER, user: str = "alice") -> Caller:
    """Return a signed-in user of a project; the project's id is its name."""
    return Caller(
        token_id="t" * 64,
        kind=TokenKind.USER,
        user_id=user,
        user_name=user,
        project_id=project,
        project_name=project,
        roles=frozenset({role}),
        expires_at=NOON + timedelta(hours=1),
    )


def an_admin(project: str = "admin") -> Caller:
    """Return a signed-in admin."""
    return a_caller(project, role=Role.ADMIN, user="admin")


def a_build(instance_id: str, project: str = "demo", *, attempt: int = 1) -> Caller:
    """Return the caller of a build token for ``instance_id``."""
    return Caller(
        token_id="b" * 64,
        kind=TokenKind.BUILD,
        user_id="alice",
        user_name="alice",
        project_id=project,
        project_name=project,
        roles=frozenset({Role.MEMBER}),
        expires_at=NOON + timedelta(minutes=10),
        instance_id=instance_id,
        attempt=attempt,
    )


def an_agent(host: str) -> Caller:
    """Return the agent of a compute host, in a process of its own."""
    return a_service(f"agent.{host}")


def a_service(name: str = "service") -> Caller:
    """Return a part of vmctl that acts as itself."""
    return Caller(
        token_id="s" * 64,
        kind=TokenKind.SERVICE,
        user_id=name,
        user_name=name,
        project_id="",
        project_name="",
        roles=frozenset(),
        expires_at=NOON + timedelta(hours=1),
    )
